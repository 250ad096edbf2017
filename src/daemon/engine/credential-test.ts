import type { CredentialTest } from '../../shared/contract/credentials.js';
import type { ClientDialect } from '../dialects/dialect.js';
import { type FailureFacts, failureStatus, RequestFault } from '../ir/error.js';
import type { Credential, OfferedModel } from '../pool/credential.js';
import { openHealth } from '../pool/health.js';
import { openLoads } from '../pool/loads.js';
import type { Plan } from '../pool/plan.js';
import { openPool } from '../pool/pool.js';
import { openRoute } from '../pool/route.js';
import { openSelector } from '../pool/selectors.js';
import type { Engine } from './engine.js';
import { ProxyFailure } from './inbound.js';
import { openWireBody } from './wire-body.js';

export interface CredentialTestParts {
  readonly engine: Engine;
  readonly dialect: ClientDialect;
  readonly policy: Plan['policy'];
  readonly id: string;
  readonly now: () => number;
  readonly timeoutMs: number;
}

/** OpenAI’s Responses refuse less (github.com/QuantumNous/new-api/pull/2866, seen 2026-02). */
const FEWEST_TOKENS = 16;

/** One tiny request, few output tokens, through one credential only, whatever it rests for; once. */
export async function testCredential(
  credential: Credential,
  offer: OfferedModel,
  { engine, dialect, policy, id, now, timeoutMs }: CredentialTestParts,
): Promise<CredentialTest> {
  const model = offer.alias;
  const body = { model, max_tokens: FEWEST_TOKENS, messages: [{ role: 'user', content: 'Hi' }] };
  const startedAt = now();
  let failure: FailureFacts | undefined;
  try {
    await engine.handle({
      id,
      dialect,
      operation: 'generate',
      model,
      stream: false,
      framing: 'sse',
      body: openWireBody(Buffer.from(JSON.stringify(body))),
      decode: dialect.decodeRequest,
      plan: planOf(credential, offer, policy, now),
      caller: { keyId: 'credential-test' },
      headers: {},
      signal: AbortSignal.timeout(timeoutMs),
      startedAt,
    });
  } catch (error) {
    if (!(error instanceof ProxyFailure || error instanceof RequestFault)) throw error;
    failure = error.failure.reason === 'aborted' ? lateFailure(timeoutMs) : error.failure;
  }
  return {
    id: credential.id,
    label: credential.label,
    model: offer.model.id,
    works: failure === undefined,
    status: failure === undefined ? 200 : failureStatus(failure),
    latencyMs: now() - startedAt,
    ...(failure === undefined ? {} : { error: viewFailure(failure) }),
  };
}

const lateFailure = (timeoutMs: number): FailureFacts => ({
  reason: 'timeout',
  message: `no answer within ${timeoutMs / 1000} s`,
});

const viewFailure = ({ reason, code, message }: FailureFacts) => ({
  reason,
  message,
  ...(code === undefined ? {} : { code }),
});

/** A plan of one credential with a health of its own: nothing that rests or fails elsewhere counts. */
function planOf(credential: Credential, offer: OfferedModel, policy: Plan['policy'], now: () => number): Plan {
  const once = { ...policy, requestRetry: 0, disableCooling: true, bootstrapRetries: 0, wholeKeepAliveMs: 0 };
  const route = openRoute(offer.alias, [{ credential: { ...credential, requestRetry: 0 }, offers: [offer] }]);
  return {
    pool: openPool({
      policy: once,
      health: openHealth(),
      loads: openLoads(),
      selector: openSelector('fill-first'),
      sessions: undefined,
      now,
      random: Math.random,
    }),
    policy: once,
    resolve: (model) => ({ modelName: model, suffix: undefined, route }),
    fallbacksOf: () => [],
  };
}
