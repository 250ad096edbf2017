import { openWholeFrames } from '../framing/whole-frames.js';
import { isObject, type JsonObject, type JsonValue, parseJson } from '../ir/json.js';
import type { Upstream } from '../providers/provider.js';
import { isImageOperation } from './image-answer.js';
import { failureOf, INTERNAL, type Inbound, ProxyFailure } from './inbound.js';
import type { ClientSink } from './pump.js';
import { endTrace, type RequestTrace } from './trace.js';
import type { Reply } from './try.js';

/** As much of a request as dividing looks at. */
type Divisible = Pick<Inbound, 'operation' | 'stream' | 'body' | 'decoded' | 'trace' | 'warn'>;
type Drawn = Pick<Inbound, 'operation' | 'decoded'> & {
  readonly route: { readonly candidates: readonly { readonly credential: Drawer }[] };
};
interface Drawer {
  readonly upstream: Pick<Upstream, 'drawsOne'>;
}

/** Whether several pictures must be asked for one by one: somebody who may serve the request draws one per call. */
export const isDivided = ({ operation, decoded, route }: Drawn): boolean =>
  isImageOperation(operation) &&
  (decoded().image?.count ?? 1) > 1 &&
  route.candidates.some(({ credential }) => credential.upstream.drawsOne === true);

/**
 * Asks for each picture by itself, all at once: each finds its own credential and fails over by itself. What came is the
 * answer, as long as something came.
 * @throws ProxyFailure with the first failure when nothing did.
 */
export async function divide<Request extends Divisible>(
  inbound: Request,
  serve: (part: Request) => Promise<Reply>,
  now: () => number,
): Promise<Reply> {
  const request = inbound.decoded();
  const count = request.image?.count ?? 1;
  const single = request.image === undefined ? request : { ...request, image: { ...request.image, count: 1 } };
  const body = inbound.body.with('n', 1);
  const traces = Array.from({ length: count }, (): RequestTrace => ({ ...inbound.trace }));
  const outcomes = await Promise.allSettled(
    traces.map((trace) => serve({ ...inbound, body, decoded: () => single, trace })),
  );
  const { trace } = inbound;
  trace.tried = traces.flatMap(({ tried }) => tried);
  trace.waits = traces.flatMap(({ waits }) => waits);
  trace.passedOver = traces[0]?.passedOver ?? [];
  const replies = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []));
  const errors = outcomes.flatMap((outcome): unknown[] => (outcome.status === 'rejected' ? [outcome.reason] : []));
  // A defect of ours must not hide behind the pictures that came.
  const defect = errors.find((error) => failureOf(error) === INTERNAL);
  const [first] = replies;
  if (first === undefined || defect !== undefined) throw defect ?? errors[0] ?? new ProxyFailure(INTERNAL);
  if (errors.length > 0) {
    const { message } = failureOf(errors[0]);
    inbound.warn({ path: 'n', reason: `${replies.length} of ${count} images came; ${message}` });
  }
  endTrace(trace, undefined, now());
  const { headers } = first;
  return inbound.stream
    ? { status: 200, headers, body: { kind: 'stream', start: (sink) => joinStreams(replies, sink) } }
    : { status: 200, headers, body: { kind: 'whole', bytes: joinAnswers(replies) } };
}

/** One answer with the pictures of all; tokens add up. */
function joinAnswers(replies: readonly Reply[]): string {
  const answers = replies.flatMap(({ body }): JsonObject[] => {
    const answer = body.kind === 'whole' ? parseJson(Buffer.from(body.bytes).toString('utf8')) : undefined;
    return isObject(answer) ? [answer] : [];
  });
  const data = answers.flatMap((answer): readonly JsonValue[] => (Array.isArray(answer['data']) ? answer['data'] : []));
  const usage = answers.map((answer) => answer['usage']).filter(isObject);
  return JSON.stringify({ ...answers[0], data, ...(usage.length === 0 ? {} : { usage: usage.reduce(addUp) }) });
}

/** Adds numbers, in whatever groups they stand. */
function addUp(sum: JsonObject, next: JsonObject): JsonObject {
  const total: Record<string, JsonValue | undefined> = { ...sum };
  for (const [key, value] of Object.entries(next)) {
    const before = total[key];
    if (typeof value === 'number') total[key] = (typeof before === 'number' ? before : 0) + value;
    else if (isObject(value)) total[key] = addUp(isObject(before) ? before : {}, value);
  }
  return total;
}

/** Whole events of all streams, as they come. An error of one is held back: it is told only if no picture came at all. */
function joinStreams(replies: readonly Reply[], sink: ClientSink): void {
  let running = replies.length;
  let hasPicture = false;
  let error: Buffer | undefined;
  // One for all: a socket takes ten listeners for a leak.
  const drained: (() => void)[] = [];
  sink.onDrain(() => {
    for (const listener of drained) listener();
  });
  const end = (): void => {
    running--;
    if (running > 0) return;
    if (!hasPicture && error !== undefined) sink.write(error);
    sink.end();
  };
  for (const { body } of replies) {
    let isFull = false;
    const frames = openWholeFrames((whole) => {
      if (whole.includes(ERROR_EVENT)) {
        error = whole;
        return;
      }
      hasPicture ||= whole.includes(COMPLETED);
      isFull = !sink.write(whole);
    });
    if (body.kind === 'whole') {
      frames.push(Buffer.from(body.bytes));
      frames.end();
      end();
      continue;
    }
    body.start({
      write(chunk) {
        isFull = false;
        frames.push(Buffer.from(chunk));
        return !isFull;
      },
      end() {
        frames.end();
        end();
      },
      onDrain: (listener) => void drained.push(listener),
    });
  }
}

/** Events as the dialect of these requests writes them; inside of a picture's base64 there are no such characters. */
const ERROR_EVENT = Buffer.from('event: error\n');
const COMPLETED = Buffer.from('.completed');
