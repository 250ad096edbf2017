import { describe, expect, test } from 'vitest';
import { openCollector } from '../../../src/daemon/ir/collect.js';
import { RequestFault } from '../../../src/daemon/ir/error.js';
import type { ModelEvent } from '../../../src/daemon/ir/event.js';
import { type JsonObject, type JsonValue, parseJson } from '../../../src/daemon/ir/json.js';
import type { ToolCallPart } from '../../../src/daemon/ir/request.js';
import {
  answerContext,
  canonicalRequests,
  decodeStream,
  encodeStream,
  PAIRS,
  recordings,
  SIDES,
  type Side,
  smallestRequest,
  translate,
} from '../../support/sides.js';

// A change in one of these files is a change of behaviour: read the difference before taking it over with `-u`.
const fileOf = (name: string): string => `../../fixtures/matrix/${name}`;
const PAIRS_OF_TWO = PAIRS.filter(({ from, to }) => from !== to);

describe('requests of each client to each upstream', () => {
  test.each(PAIRS_OF_TWO)('$name', async ({ from, to }) => {
    const outcomes = Object.entries(canonicalRequests(from)).map(([concept, body]) => [
      concept,
      outcomeOf(body, from, to),
    ]);
    await expect(print(Object.fromEntries(outcomes))).toMatchFileSnapshot(fileOf(`${from.id}-${to.id}.json`));
  });
});

function outcomeOf(body: JsonObject, from: Side, to: Side): object {
  try {
    const { body: sent, restore, warnings } = translate(body, from, to);
    return { sent, ...restoreFacts(restore), ...(warnings.length === 0 ? {} : { warnings }) };
  } catch (error) {
    if (!(error instanceof RequestFault)) throw error;
    return { refused: error.message, path: error.path };
  }
}

function restoreFacts({ toolNames, wrappedTools, outputTool }: ReturnType<typeof translate>['restore']): object {
  return {
    ...(toolNames === undefined || toolNames.size === 0 ? {} : { toolNames: Object.fromEntries(toolNames) }),
    ...(wrappedTools === undefined || wrappedTools.size === 0 ? {} : { wrappedTools: [...wrappedTools] }),
    ...(outputTool === undefined ? {} : { outputTool }),
  };
}

const print = (value: unknown): string => `${JSON.stringify(value, undefined, 1)}\n`;

/** Decoders make up ids, at random, for what has none. */
const withoutMintedIds = (text: string): string => text.replace(/\b(call|search)_[A-Za-z0-9]{24}\b/g, '$1_minted');

/** A recording may end badly: then the client's side of it is the failure. */
describe('streams of each upstream to each client', () => {
  test.each(PAIRS_OF_TWO)('$name, answered', async ({ from: client, to: upstream }) => {
    const texts = recordings(upstream, 'stream').map(({ name, bytes }) => {
      const events = decodeStream(upstream, [bytes]);
      return `: ${name}\n\n${encodeStream(client, events, streaming(client))}`;
    });
    await expect(withoutMintedIds(texts.join('\n'))).toMatchFileSnapshot(fileOf(`${client.id}-${upstream.id}.sse`));
  });
});

const streaming = (client: Side) =>
  answerContext(
    client,
    smallestRequest(client, client.id === 'openai-chat' ? { stream_options: { include_usage: true } } : {}),
  );

describe('whole answers of each upstream to each client', () => {
  test.each(PAIRS_OF_TWO)('$name, answered', async ({ from: client, to: upstream }) => {
    const answers = wholeAnswers(upstream).map(([name, body]) => [
      name,
      client.client.encodeResponse(upstream.upstream.decodeResponse(body, {}), whole(client)),
    ]);
    await expect(withoutMintedIds(print(Object.fromEntries(answers)))).toMatchFileSnapshot(
      fileOf(`${client.id}-${upstream.id}.answers.json`),
    );
  });

  test.each(SIDES)('$id says the same streamed and whole', (upstream) => {
    for (const [name, events] of endedStreams(upstream)) {
      for (const client of SIDES) {
        const direct = client.client.encodeResponse(collect(events), whole(client));
        const text = encodeStream(client, events, streaming(client));
        const again = collect(decodeStream(client, [Buffer.from(text)]));
        expect(wordsOf(collect(events)), `${name} to ${client.id}`).toEqual(wordsOf(again));
        expect(wordsOf(client.upstream.decodeResponse(direct, {})), `${name} to ${client.id}`).toEqual(wordsOf(again));
      }
    }
  });
});

const whole = (client: Side) => answerContext(client, smallestRequest(client, { stream: false }));

const endedStreams = (side: Side): [string, ModelEvent[]][] =>
  recordings(side, 'stream')
    .map(({ name, bytes }): [string, ModelEvent[]] => [name, decodeStream(side, [bytes])])
    .filter(([, events]) => events.at(-1)?.type === 'response-end');

/** Recorded whole answers, and the recorded streams as this dialect would have answered them whole. */
const wholeAnswers = (side: Side): [string, JsonObject][] => [
  ...recordings(side, 'response').map(({ name, bytes }): [string, JsonObject] => [
    name,
    JSON.parse(bytes.toString('utf8')),
  ]),
  ...endedStreams(side).map(([name, events]): [string, JsonObject] => [
    name,
    side.client.encodeResponse(collect(events), whole(side)),
  ]),
];

function collect(events: readonly ModelEvent[]): ReturnType<ReturnType<typeof openCollector>['result']> {
  const collector = openCollector();
  events.forEach(collector.write);
  return collector.result();
}

/** Anthropic's answers have no block for a picture: it is one of text. */
const PICTURE_AS_TEXT = /!\[image\]\(data:image\/png;base64,[^)]*\)/g;

/** What no dialect may lose of an answer: its words, its calls, its counts and why it ended. */
function wordsOf({ content, finish, usage }: ReturnType<typeof collect>): object {
  return {
    text: content
      .flatMap((part) => (part.type === 'text' ? [part.text] : []))
      .join('')
      .replaceAll(PICTURE_AS_TEXT, ''),
    calls: content.flatMap((part) => (part.type === 'tool-call' ? [[part.name, inputOf(part)]] : [])),
    isCut: finish.reason === 'length',
    counts: [usage?.inputTokens ?? 0, usage?.outputTokens ?? 0, usage?.cacheReadTokens ?? 0],
  };
}

/** Free-form input stands in an `input` member where a dialect takes JSON only. */
function inputOf({ input, custom }: ToolCallPart): JsonValue | undefined {
  return custom ? { input } : parseJson(input || '{}');
}
