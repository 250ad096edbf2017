import type { AilmentView, CredentialDetail, CredentialSummary } from '../../shared/contract/credentials.js';
import { AppError } from '../../shared/errors.js';
import { isImageOnly } from '../ir/image-answer.js';
import type { AccountView, Credential, OfferedModel } from '../pool/credential.js';
import type { Ailment, Health } from '../pool/health.js';
import type { UnusableAccount } from './accounts.js';

export function summariseCredential(credential: Credential, health: Health, now: number): CredentialSummary {
  const worst = health.worst(credential.id, now);
  const { account } = credential;
  return {
    id: credential.id,
    provider: credential.providerName,
    label: credential.label,
    source: account === undefined ? 'config' : 'file',
    disabled: credential.disabled,
    ...(account === undefined ? {} : viewAccount(account)),
    priority: credential.priority,
    weight: credential.weight,
    models: credential.models.length,
    state: credential.disabled ? 'disabled' : worst === undefined ? 'ready' : 'cooling',
    ...(credential.baseUrl === '' ? {} : { baseUrl: credential.baseUrl }),
    ...(credential.prefix === undefined ? {} : { prefix: credential.prefix }),
    ...(worst === undefined ? {} : { coolingUntil: worst.until, reason: worst.reason }),
    ...(credential.disabledWhy === undefined ? {} : { reason: credential.disabledWhy }),
  };
}

export function describeCredential(credential: Credential, health: Health, now: number): CredentialDetail {
  return {
    ...summariseCredential(credential, health, now),
    offers: credential.models.map(({ alias, model }) => {
      const ailment = health.look(credential.id, model.id, now);
      return { name: alias, model: model.id, ...(ailment === undefined ? {} : { ailment: viewAilment(ailment) }) };
    }),
  };
}

function viewAccount({ name, label, plan, expiresAt, isRenewable, note }: AccountView): Partial<CredentialSummary> {
  return {
    name,
    ...(/^[^\s@]+@[^\s@]+$/.test(label) ? { email: label } : {}),
    ...(plan === undefined ? {} : { plan }),
    ...(expiresAt === undefined ? {} : { expiresAt }),
    ...(isRenewable === undefined ? {} : { isRenewable }),
    ...(note === undefined ? {} : { note }),
  };
}

/** A file that is listed, so that nobody wonders where it went. */
export const summariseUnusable = ({ id, name, type, reason }: UnusableAccount): CredentialSummary => ({
  id,
  provider: type,
  label: name,
  source: 'file',
  name,
  disabled: false,
  priority: 0,
  weight: 0,
  models: 0,
  state: 'unusable',
  reason,
});

export function viewAilment({ state, entry }: Ailment): AilmentView {
  const { reason, status, until, probeAt } = entry;
  return {
    state,
    reason,
    until,
    ...(status === undefined ? {} : { status }),
    ...(probeAt === undefined ? {} : { probeAt }),
  };
}

export function findCredential(credentials: readonly Credential[], id: string): Credential {
  const found = credentials.find((credential) => credential.id === id);
  if (found !== undefined) return found;
  throw new AppError('credential_unknown', `there is no credential "${id}"`, {
    hint: 'run `cliproxyctl credentials` for the ids',
  });
}

/** What a credential offers under a client's or the upstream's name; without a name, its first. */
export function offerOf({ label, models }: Credential, name: string | undefined): OfferedModel {
  // What only draws cannot be asked for a word.
  const usual = models.find(({ model }) => !isImageOnly(model)) ?? models[0];
  const found = name === undefined ? usual : models.find(({ alias, model }) => alias === name || model.id === name);
  if (found !== undefined) return found;
  throw new AppError('model_unknown', `${label} offers no model${name === undefined ? '' : ` "${name}"`}`, {
    hint: 'run `cliproxyctl credentials show <id>` for its models',
  });
}
