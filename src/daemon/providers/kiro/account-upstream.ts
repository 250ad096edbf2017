import { createHash, randomUUID } from 'node:crypto';
import { isObject, type JsonObject } from '../../ir/json.js';
import type { AccountContext } from '../../login/account-context.js';
import { headersOf } from '../account-fields.js';
import { openHeaders } from '../api-key.js';
import type { Endpoint, Upstream } from '../provider.js';
import { CONVERSATION, classifyFailure, explainFailure, isHostLimit } from './account-errors.js';
import { inferenceHosts } from './addresses.js';
import { apiHeaders } from './api-headers.js';
import { originOf, profileArnOf, sentProfileOf, taskOf } from './fields.js';
import { finishBody } from './finish-body.js';
import { withPatience } from './patience.js';
import { readKiroQuota, resetOf } from './quota.js';
import { answerWithSearch } from './search-loop.js';
import { openSearchService } from './search-service.js';
import { shrinkTools } from './shrink-tools.js';

/** How long a host that limits is left alone. */
const HOST_REST_MS = 60_000;
const TARGET = 'AmazonCodeWhispererStreamingService.GenerateAssistantResponse';

/** Inference with a Kiro login. */
export function openKiroAccount(fields: JsonObject, context: AccountContext): Upstream {
  const { clock } = context;
  const hosts = inferenceHosts(fields, context);
  const own = apiHeaders(fields);
  const configured = openHeaders(headersOf(fields));
  const searches = openSearchService(fields, context);
  const restingUntil = new Map<string, number>();
  /** Part of every conversation's id: one that Kiro does not know, or no longer, goes on under another. */
  let epoch = 0;
  let resetsAt: number | undefined;
  let strikes = 0;

  const hostNow = () => hosts.find(({ url }) => (restingUntil.get(url) ?? 0) <= clock.now());
  const conversationOf = (sessionKey: string | undefined): string =>
    sessionKey === undefined ? randomUUID() : stableUuid(`${sessionKey}#${epoch}`);

  return {
    endpoint({ operation }): Endpoint | undefined {
      const host = hostNow() ?? hosts[0];
      if (operation !== 'generate' || host === undefined) return undefined;
      return { url: host.url, dialect: 'kiro', alwaysStreams: true };
    },
    prepare({ endpoint, body, sessionKey, clientHeaders, isAlone = () => true }) {
      const { url } = endpoint;
      // The newer hosts want a profile of everybody.
      const needsProfile = new URL(url).hostname.endsWith('.kiro.dev');
      const isLegacy = hosts.some((host) => host.url === url && host.isLegacy);
      const headers = configured.build(own, clientHeaders, true);
      const bytes = finishBody(body, {
        conversationId: conversationOf(sessionKey),
        profileArn: needsProfile ? profileArnOf(fields) : sentProfileOf(fields),
        origin: originOf(fields),
        agentTaskType: taskOf(fields),
      });
      const request = {
        url,
        headers: {
          ...headers,
          accept: 'application/vnd.amazon.eventstream',
          ...(isLegacy ? { 'x-amz-target': TARGET } : {}),
        },
        body: bytes,
      };
      const search = body.get('search');
      const maxRounds = isObject(search) ? search['maxRounds'] : undefined;
      return {
        ...request,
        converse(once, signal) {
          // Who else has the model is asked first.
          const send = isAlone() ? withPatience(once, { sleep: clock.sleep, signal }) : once;
          if (typeof maxRounds !== 'number') return send(request);
          return answerWithSearch({ request, send, maxRounds, service: searches });
        },
      };
    },
    worked() {
      strikes = 0;
    },
    reset() {
      strikes = 0;
      restingUntil.clear();
    },
    explain(failure, _headers, now) {
      return explainFailure(failure, now, { resetsAt, strikes });
    },
    reroute(failure, { endpoint }) {
      if (!isHostLimit(failure)) return false;
      restingUntil.set(endpoint.url, clock.now() + HOST_REST_MS);
      if (hostNow() !== undefined) return true;
      // Only when all hosts have said no is it the account's own limit.
      restingUntil.clear();
      strikes += 1;
      return false;
    },
    repair({ code, status, reason }, body) {
      if (code === CONVERSATION) {
        epoch += 1;
        return true;
      }
      return status === 500 && reason === 'server' && shrinkTools(body);
    },
    async askQuota() {
      const facts = await readKiroQuota(fields, context);
      resetsAt = resetOf(facts) ?? resetsAt;
      return facts;
    },
    classify: classifyFailure,
  };
}

/** The same conversation has the same id in every process: Kiro's prompt cache may go by it. */
function stableUuid(text: string): string {
  const hex = createHash('sha256').update(text).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
