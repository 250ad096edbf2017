import type { AilmentView, CredentialDetail, CredentialSummary } from '../../shared/contract/credentials.js';
import { AppError } from '../../shared/errors.js';
import type { Credential, OfferedModel } from '../pool/credential.js';
import type { Ailment, Health } from '../pool/health.js';

export function summariseCredential(credential: Credential, health: Health, now: number): CredentialSummary {
  const worst = health.worst(credential.id, now);
  return {
    id: credential.id,
    provider: credential.providerName,
    label: credential.label,
    priority: credential.priority,
    weight: credential.weight,
    models: credential.models.length,
    state: credential.disabled ? 'disabled' : worst === undefined ? 'ready' : 'cooling',
    ...(credential.baseUrl === '' ? {} : { baseUrl: credential.baseUrl }),
    ...(credential.prefix === undefined ? {} : { prefix: credential.prefix }),
    ...(worst === undefined ? {} : { coolingUntil: worst.until, reason: worst.reason }),
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
  const found = name === undefined ? models[0] : models.find(({ alias, model }) => alias === name || model.id === name);
  if (found !== undefined) return found;
  throw new AppError('model_unknown', `${label} offers no model${name === undefined ? '' : ` "${name}"`}`, {
    hint: 'run `cliproxyctl credentials show <id>` for its models',
  });
}
