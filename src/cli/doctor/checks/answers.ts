import type { AccountQuota, CredentialSummary, CredentialTest } from '../../../shared/contract/credentials.js';
import { AppError } from '../../../shared/errors.js';
import { needsLogin } from '../../credentials/render.js';
import { nameOf } from '../../credentials/resolve.js';
import { loginCommandFor } from '../../login/providers.js';
import { count } from '../../ui/text.js';
import { type Check, type CheckResult, type Finding, sumUp } from '../check.js';
import type { DoctorContext } from '../context.js';

/** Longer than the daemon waits for one upstream, for as many as come in a row. */
const PATIENCE_MS = 120_000;
/** Vendors are not asked by many at once. */
const AT_ONCE = 4;

/** Whether vendors take the credentials: by calls that cost nothing, or by one tiny request each where that was asked for. */
export const answersCheck: Check<DoctorContext> = {
  id: 'answers',
  title: 'Answers',
  timeoutMs: PATIENCE_MS,
  async run(context) {
    const answer = await context.credentials();
    if (answer instanceof AppError) return { state: 'skipped', message: 'known while the daemon runs' };
    const usable = answer.filter(({ disabled, state, models }) => !disabled && state !== 'unusable' && models > 0);
    if (usable.length === 0) return { state: 'skipped', message: 'there is no credential to ask with' };
    return context.isTesting ? testEach(usable, context) : askVendors(usable, context);
  },
};

async function testEach(usable: readonly CredentialSummary[], context: DoctorContext): Promise<CheckResult> {
  const queue = [...usable.entries()];
  const findings: Finding[] = [];
  const tests: Record<string, unknown>[] = [];
  const work = async (): Promise<void> => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      const [at, credential] = next;
      const result = await context.testCredential(credential.id);
      findings[at] = tested(credential, result);
      tests[at] =
        result instanceof AppError ? { id: credential.id, works: false, error: result.message } : { ...result };
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  const sum = sumUp(findings, `${count(findings.length, 'credential')} asked, and none failed`, { tests });
  const isAnswered = findings.some(({ state }) => state === 'ok');
  // Those that answer still serve; only when none does, nothing can be served.
  return sum.state === 'warning' && !isAnswered ? { ...sum, state: 'problem' } : sum;
}

function tested(credential: CredentialSummary, result: CredentialTest | AppError): Finding {
  const who = nameOf(credential);
  if (result instanceof AppError) return { state: 'warning', message: `${who}: ${result.message}`, hint: result.hint };
  const { works, model, latencyMs, error } = result;
  if (works) return { state: 'ok', message: `${who} answers for ${model} in ${latencyMs} ms` };
  if (error?.code === 'first_party_only') {
    return { state: 'skipped', message: `${who} serves its vendor’s own client only, and is not asked by others` };
  }
  const message = `${who} does not answer for ${model}: ${error?.message ?? 'no reason given'}`;
  return { state: 'warning', message, hint: nextStep(credential, error?.reason) };
}

function nextStep({ id, provider, source }: CredentialSummary, reason: string | undefined): string {
  switch (reason) {
    case 'auth':
      return source === 'file' ? `run \`${loginCommandFor(provider)}\`` : 'put the right key into the config';
    case 'billing':
      return 'see to the account’s balance or plan at its vendor';
    case 'forbidden':
      return 'see whether the account’s plan has this model, and what the vendor’s terms allow (Terms, above)';
    case 'rate-limit':
    case 'quota':
      return '`cliproxyctl quota` says when the limit ends';
    case 'model-missing':
      return `name one that it has: \`cliproxyctl credentials test ${id} --model <name>\``;
    case 'network':
    case 'timeout':
      return 'see Upstreams: the way there may be closed, or need `proxy-url`';
    default:
      return `\`cliproxyctl credentials test ${id}\` tries it again; \`cliproxyctl logs\` has more`;
  }
}

/** Usage calls cost nothing, and are refused with the same words as an answer would be. */
async function askVendors(usable: readonly CredentialSummary[], context: DoctorContext): Promise<CheckResult> {
  const quotas = await context.quotas();
  const more = '`cliproxyctl doctor --test` asks each for one word';
  if (quotas instanceof AppError) return { state: 'skipped', message: `not asked for: ${more}` };
  const known = new Map(quotas.map((quota) => [quota.credential, quota]));
  const findings = usable.flatMap((credential) => {
    const quota = known.get(credential.id);
    // Whose login is over is told with the logins.
    return quota === undefined || needsLogin(credential) ? [] : asked(credential, quota);
  });
  const accepted = findings.filter(({ state }) => state === 'ok').length;
  const facts = { accepted, credentials: usable.length };
  if (findings.length === 0) return { state: 'skipped', message: `not asked for: ${more}`, facts };
  return sumUp(findings, `${count(accepted, 'login')} accepted by the vendor; ${more}`, facts);
}

function asked(credential: CredentialSummary, { error, source, windows }: AccountQuota): readonly Finding[] {
  const who = nameOf(credential);
  if (error !== undefined) {
    const hint = `run \`cliproxyctl credentials test ${credential.id}\`; if it is refused there too, \`${loginCommandFor(credential.provider)}\``;
    return [{ state: 'warning', message: `${who}: ${error}`, hint }];
  }
  if (source !== 'usage-call') return [];
  const spent = windows.filter(({ exhausted }) => exhausted === true).map(({ title }) => title);
  if (spent.length === 0) return [{ state: 'ok', message: `${who}: accepted` }];
  const message = `${who}: accepted, but nothing is left of ${spent.join(', ')}`;
  return [{ state: 'warning', message, hint: '`cliproxyctl quota` says when it begins anew' }];
}
