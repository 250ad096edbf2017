import type { CredentialSummary } from '../../../shared/contract/credentials.js';
import { AppError } from '../../../shared/errors.js';
import { needsLogin, refreshText } from '../../credentials/render.js';
import { nameOf } from '../../credentials/resolve.js';
import { loginCommandFor } from '../../login/providers.js';
import { count, duration } from '../../ui/text.js';
import { type Check, type Finding, sumUp } from '../check.js';
import type { DoctorContext } from '../context.js';
import { channelOf } from '../login-hosts.js';

/** When a login that cannot be renewed is worth a word. */
const SOON_MS = 14 * 24 * 60 * 60_000;

export const loginsCheck: Check<DoctorContext> = {
  id: 'logins',
  title: 'Logins',
  async run({ credentialFiles, credentials, state, now }) {
    const files = await credentialFiles();
    const answer = await credentials();
    const known = answer instanceof AppError ? [] : answer.filter(({ source }) => source === 'file');
    if (files.length === 0 && known.length === 0) return { state: 'skipped', message: 'nobody has logged in' };
    const broken = files.flatMap(({ name, trouble }): Finding[] =>
      trouble === undefined
        ? []
        : [{ state: 'warning', message: `${name} ${trouble}`, hint: `look at it in ${state.authDir}` }],
    );
    const facts = {
      auth_dir: state.authDir,
      files: files.length,
      login_needed: known.filter(needsLogin).map(({ id, label, provider }) => ({ id, label, provider })),
    };
    // Files of other programs are none of our business.
    const ours = known.filter(({ state: is, provider }) => is !== 'unusable' || channelOf(provider) !== undefined);
    const seen = ours.map((one) => findingOf(one, now()));
    const unchecked = answer instanceof AppError ? ' (whether they are accepted is known while the daemon runs)' : '';
    const fine = `${count(Math.max(files.length, known.length), 'login')} in ${state.authDir}${unchecked}`;
    return sumUp([...broken, ...seen], fine, facts);
  },
};

function findingOf(credential: CredentialSummary, now: number): Finding {
  const { id, provider, refresh, expiresAt, isRenewable, disabled, reason } = credential;
  const who = nameOf(credential);
  if (disabled && reason !== undefined) {
    const hint = `or leave it at that: \`cliproxyctl credentials disable ${id}\``;
    return { state: 'warning', message: `${who} is not used: ${reason}`, hint };
  }
  if (credential.state === 'unusable') {
    return {
      state: 'warning',
      message: `${credential.name ?? who} cannot be used: ${credential.reason ?? 'it says nothing of why'}`,
      hint: `run \`${loginCommandFor(provider)}\``,
    };
  }
  if (disabled) return { state: 'ok', message: `${who}: disabled` };
  if (needsLogin(credential)) {
    return {
      state: 'warning',
      message: `${who} needs a login: ${refresh?.reason ?? 'the vendor refused to renew it'}`,
      hint: `run \`${loginCommandFor(provider)}\``,
    };
  }
  if (refresh?.state === 'failed') {
    return {
      state: 'warning',
      message: `${who} could not be renewed: ${refreshText(refresh, now)}`,
      hint: 'it is tried again by itself; `cliproxyctl credentials refresh` tries now',
    };
  }
  if (expiresAt === undefined) return { state: 'ok', message: who };
  if (isRenewable === false && expiresAt < now + SOON_MS) {
    const end = expiresAt > now ? `ends in ${duration(expiresAt - now)}` : 'has run out';
    return {
      state: 'warning',
      message: `${who}: its token ${end}, and cannot be renewed`,
      hint: `run \`${loginCommandFor(provider)}\``,
    };
  }
  if (expiresAt > now) return { state: 'ok', message: `${who}: its token is good for ${duration(expiresAt - now)}` };
  // An access token that ran out is renewed when it is needed; that it says so is enough.
  return { state: 'ok', message: `${who}: its token has run out and is renewed with the next request` };
}
