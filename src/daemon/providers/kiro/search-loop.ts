import { isObject, type JsonObject, parseJson } from '../../ir/json.js';
import type { BodyConsumer, HttpReply, ReplyBody, UpstreamRequest } from '../provider.js';
import { printSearchEvent, SEARCH_EVENT, type SearchResult } from './search-event.js';
import { eventFrame, exceptionFrame, nextBody, openRound, type Round, type SearchCall } from './search-round.js';
import type { SearchService } from './search-service.js';
import { SEARCH_TOOL } from './tool-specs.js';

export interface SearchedAnswer {
  readonly request: UpstreamRequest;
  readonly send: (request: UpstreamRequest) => Promise<HttpReply>;
  /** Rounds in which the model may search. */
  readonly maxRounds: number;
  readonly service: SearchService;
}

/**
 * One answer out of several: the model asks for a search, it is run, and the model goes on with what was found. A refusal
 * of the first request is an ordinary one; later ones come as errors within the stream.
 */
export async function answerWithSearch(parts: SearchedAnswer): Promise<HttpReply> {
  const { request, send, service } = parts;
  const description = await service.describe();
  const body = parseJson(Buffer.from(request.body).toString('utf8'));
  const first = described(isObject(body) ? body : {}, description);
  const reply = await send({ ...request, body: bytesOf(first) });
  if (reply.status < 200 || reply.status > 299) return reply;
  return { ...reply, body: joined(parts, first, reply.body) };
}

function joined(parts: SearchedAnswer, firstBody: JsonObject, first: ReplyBody): ReplyBody {
  let current = first;
  let isAborted = false;
  let isPaused = false;

  const run = (consumer: BodyConsumer, body: JsonObject, left: number): void => {
    const round = openRound((frame) => consumer.data(frame));
    current.consume({
      data: (chunk) => round.push(chunk),
      error: (error) => consumer.error(error),
      end() {
        round.end();
        const calls = left > 0 ? round.searches() : [];
        if (calls.length === 0) return consumer.end();
        goOn(consumer, body, round, calls, left).catch((error: unknown) => {
          if (isAborted) return;
          consumer.data(exceptionFrame('', JSON.stringify({ message: messageOf(error) })));
          consumer.end();
        });
      },
    });
  };
  const goOn = async (
    consumer: BodyConsumer,
    body: JsonObject,
    round: Round,
    calls: readonly SearchCall[],
    left: number,
  ): Promise<void> => {
    const found = await Promise.all(
      calls.map(async (call) => ({ call, results: await parts.service.search(call.query) })),
    );
    if (isAborted) return;
    for (const { call, results } of found) {
      consumer.data(
        eventFrame(SEARCH_EVENT, JSON.stringify(printSearchEvent(searchId(call), call.query, results ?? []))),
      );
    }
    const results = found.map(toolResult).map((each) => (left > 1 ? each : { ...each, text: each.text + NO_MORE }));
    const next = nextBody(body, round.text, results);
    const reply = await parts.send({ ...parts.request, body: bytesOf(next) });
    if (isAborted) return reply.body.abort();
    current = reply.body;
    if (reply.status < 200 || reply.status > 299) return refuse(consumer, reply);
    run(consumer, next, left - 1);
    if (isPaused) current.pause();
  };

  return {
    consume: (consumer) => run(consumer, firstBody, parts.maxRounds),
    pause() {
      isPaused = true;
      current.pause();
    },
    resume() {
      isPaused = false;
      current.resume();
    },
    abort() {
      isAborted = true;
      current.abort();
    },
  };
}

/** The refusal of a later round, as an exception: its body says what it is. */
function refuse(consumer: BodyConsumer, { status, body }: HttpReply): void {
  const chunks: Buffer[] = [];
  body.consume({
    data: (chunk) => chunks.push(chunk),
    error: (error) => consumer.error(error),
    end() {
      const told = parseJson(Buffer.concat(chunks).toString('utf8'));
      const payload = isObject(told) ? told : { message: `the upstream answered ${status} after a search` };
      consumer.data(exceptionFrame('', JSON.stringify(payload)));
      consumer.end();
    },
  });
}

const NO_MORE = '\nNo more searches are possible: answer with what is known.';

/** As Anthropic's clients know searches of a server. */
const searchId = ({ id }: SearchCall): string => `srvtoolu_${id.replace(/[^A-Za-z0-9]/g, '')}`;

function toolResult({
  call,
  results,
}: {
  readonly call: SearchCall;
  readonly results: readonly SearchResult[] | undefined;
}) {
  if (results === undefined) return { call, text: 'The search failed.', isError: true };
  return { call, text: `${results.length} results:\n${JSON.stringify(results)}`, isError: false };
}

/** The tool in the service's own words. */
function described(body: JsonObject, description: string | undefined): JsonObject {
  if (description === undefined) return body;
  const text = JSON.stringify(body, (_key, value: unknown) =>
    isObject(value) && value['name'] === SEARCH_TOOL && value['inputSchema'] !== undefined
      ? { ...value, description: description.slice(0, 3000) }
      : value,
  );
  const changed = parseJson(text);
  return isObject(changed) ? changed : body;
}

const bytesOf = (body: JsonObject): Uint8Array => Buffer.from(JSON.stringify(body));

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : 'the search failed');
