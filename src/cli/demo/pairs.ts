import { DEMO_CLIENTS, type DemoAnswer, type DemoClient, type DemoRequest } from './clients.js';
import { readSse } from './sse.js';

/** What the demo's tool answers. */
const WEATHER = '18 degrees and sunny';

export interface PairResult {
  readonly client: string;
  readonly upstream: string;
  readonly ok: boolean;
  /** From sending the first turn to its first byte, and to the end of the second turn, in milliseconds. */
  readonly firstByteMs: number | undefined;
  readonly totalMs: number;
  /** The tool call the model made, such as `get_weather({"city":"Paris"})`. */
  readonly call: string | undefined;
  readonly text: string;
  readonly error: string | undefined;
}

export interface PairOptions {
  readonly url: string;
  readonly key: string;
  readonly upstreams: readonly { readonly kind: string; readonly model: string }[];
  readonly signal: AbortSignal;
  /** A pair's answer so far. */
  readonly onProgress: (client: string, upstream: string, text: string) => void;
  readonly onPair: (result: PairResult) => void;
}

/** Every client dialect to every upstream kind, one after the other. */
export async function runPairs(options: PairOptions): Promise<readonly PairResult[]> {
  const results: PairResult[] = [];
  for (const client of DEMO_CLIENTS) {
    for (const { kind, model } of options.upstreams) {
      const result = await runPair(client, kind, model, options);
      results.push(result);
      options.onPair(result);
    }
  }
  return results;
}

async function runPair(client: DemoClient, upstream: string, model: string, options: PairOptions): Promise<PairResult> {
  const { key, onProgress } = options;
  const startedAt = performance.now();
  let firstByteMs: number | undefined;
  let call: string | undefined;
  let text = '';
  let error: string | undefined;
  const onBytes = (): void => {
    firstByteMs ??= performance.now() - startedAt;
  };
  try {
    const first = await exchange(client, client.ask(model, key), options, onBytes);
    if (first.call === undefined) throw new Error('the answer held no tool call');
    call = `${first.call.name}(${first.call.input})`;
    const next = client.answer(model, key, first, WEATHER);
    const second = await exchange(client, next, options, (answer) => onProgress(client.name, upstream, answer.text));
    text = second.text;
    if (!text.includes(WEATHER)) error = 'the answer does not hold the tool result';
  } catch (cause) {
    options.signal.throwIfAborted();
    error = cause instanceof Error ? cause.message : String(cause);
  }
  const totalMs = performance.now() - startedAt;
  return { client: client.name, upstream, ok: error === undefined, firstByteMs, totalMs, call, text, error };
}

async function exchange(
  client: DemoClient,
  { path, headers, body }: DemoRequest,
  { url, signal }: PairOptions,
  onEvent: (answer: DemoAnswer) => void,
): Promise<DemoAnswer> {
  const reply = await fetch(url + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
    signal,
  });
  if (!reply.ok || reply.body === null)
    throw new Error(`status ${reply.status}: ${(await reply.text()).slice(0, 300)}`);
  const answer: DemoAnswer = { text: '', call: undefined, parts: [], error: undefined };
  for await (const data of readSse(reply.body)) {
    client.read(JSON.parse(data), answer);
    onEvent(answer);
  }
  if (answer.error !== undefined) throw new Error(answer.error);
  return answer;
}
