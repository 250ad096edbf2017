import type { Operation, WireBody } from '../../dialects/dialect.js';
import { drawsImages } from '../../ir/image-answer.js';
import { isObject, type JsonObject } from '../../ir/json.js';
import type { ModelInfo } from '../../ir/model.js';
import type { AccountContext } from '../../login/account-context.js';
import { headersOf } from '../account-fields.js';
import { openHeaders } from '../api-key.js';
import { dropMember, spellingIn } from '../google-body.js';
import type { Call, HttpReply, Upstream, UpstreamRequest } from '../provider.js';
import { openAnswer } from './answer.js';
import { openAnswerEdit } from './answer-edit.js';
import { apiHeaders } from './api-headers.js';
import { sendToAny } from './base-urls.js';
import { inCountEnvelope, inEnvelope } from './envelope.js';
import { areCreditsEmpty, classifyAntigravity, explainAntigravity } from './errors.js';
import { accountKeyOf, baseUrlsOf, maySpendCredits } from './fields.js';
import { limitsOf } from './limits.js';
import { openProject } from './project.js';
import { requestIdOf, type Shaped, shapeRequest } from './request.js';
import { hasSignature } from './signatures.js';

const STREAM = '/v1internal:streamGenerateContent?alt=sse';
const COUNT = '/v1internal:countTokens';

/** Inference with an Antigravity login: Gemini's dialect, for several vendors' models, in an envelope of the service's own. */
export function openAntigravityAccount(fields: JsonObject, context: AccountContext): Upstream {
  const { clock } = context;
  const hosts = baseUrlsOf(fields, context);
  const accountKey = accountKeyOf(fields);
  const project = openProject(fields, context);
  const limits = limitsOf(fields, context);
  const own = apiHeaders(fields);
  const configured = openHeaders(headersOf(fields));
  /** Bodies of requests whose signatures were refused. */
  const unsigned = new WeakSet<WireBody>();
  /** How the service last gave a signature of Claude's; other gateways send them wrapped. */
  let isWrapped = true;

  const shape = ({ body, model, operation, sessionKey }: Call): Shaped =>
    shapeRequest(body, {
      model,
      session: operation === 'generate' ? { accountKey, key: sessionKey } : undefined,
      isWrapped,
      withoutSignatures: unsigned.has(body),
    });
  const wrap = ({ model }: Call, { type, bytes }: Shaped): Uint8Array =>
    inEnvelope(bytes, {
      project: project.id(),
      model: model.id,
      requestType: type,
      requestId: requestIdOf(type, clock.now()),
      spendsCredits: maySpendCredits(fields) && limits.mayUseCredits(),
    });

  return {
    drawsOne: true,
    ready: project.ready,
    endpoint({ operation, model }) {
      const path = pathOf(operation, model);
      if (path === undefined) return undefined;
      return { url: `${hosts[0]}${path}`, dialect: 'gemini-generate', alwaysStreams: path === STREAM };
    },
    prepare(call) {
      const { endpoint, clientHeaders, operation, stream, relay } = call;
      const isCount = operation === 'count-tokens';
      if (isCount) unwrapCount(call.body);
      const shaped = shape(call);
      const headers = configured.build(own, clientHeaders, !isCount);
      const body = isCount ? inCountEnvelope(shaped.bytes) : wrap(call, shaped);
      const path = endpoint.url.slice(hosts[0].length);
      const requests = hosts.map((host): UpstreamRequest => ({ url: `${host}${path}`, headers, body }));
      const edit = openAnswerEdit({
        family: shaped.family,
        changedNames: shaped.names.changed,
        placeholders: shaped.placeholders,
        onSignature: (wrapped) => {
          isWrapped = wrapped;
        },
      });
      const searchFirst = shaped.type === 'web_search' && !relay;
      return {
        url: endpoint.url,
        headers,
        body,
        async converse(send): Promise<HttpReply> {
          const reply = await sendToAny(requests, send);
          const isOk = reply.status >= 200 && reply.status <= 299;
          return isOk ? openAnswer(reply, { stream, edit, searchFirst }) : reply;
        },
      };
    },
    worked(model) {
      if (model !== undefined) limits.worked(model.id);
    },
    reset: limits.reset,
    explain(failure, headers, now, model) {
      return explainAntigravity(failure, headers, { modelId: model?.id ?? '', limits, now });
    },
    repair(failure, body) {
      // What was refused is known by now to be empty, and is not offered again.
      if (areCreditsEmpty(failure)) return maySpendCredits(fields);
      const isAboutSignatures = failure.status === 400 && /signature/i.test(failure.message);
      if (!isAboutSignatures || !hasSignature(body.get('contents'))) return false;
      unsigned.add(body);
      return true;
    },
    classify: classifyAntigravity,
  };
}

/** All answers are asked for as streams: some models have no others. */
function pathOf(operation: Operation, model: ModelInfo): string | undefined {
  switch (operation) {
    case 'generate':
      return STREAM;
    case 'image':
    case 'image-edit':
      return drawsImages(model) ? STREAM : undefined;
    case 'count-tokens':
      return COUNT;
    default:
      return undefined;
  }
}

/** Google's clients may put a whole request into a count. */
function unwrapCount(body: WireBody): void {
  const whole = body.get(spellingIn(body, 'generateContentRequest'));
  if (!isObject(whole)) return;
  dropMember(body, 'generateContentRequest');
  for (const [member, value] of Object.entries(whole)) body.set(member, value);
}
