import { isDeepStrictEqual } from 'node:util';
import { expect, test } from 'vitest';
import { RequestFault } from '../src/daemon/ir/error.js';
import type { JsonObject } from '../src/daemon/ir/json.js';
import { answerContext, SIDES, type Side, smallestRequest, translate } from './support/sides.js';
import { bodyFor, CONCEPTS, type Concept } from './support/translation-concepts.js';

const TITLES: Readonly<Record<string, string>> = {
  'openai-chat': 'OpenAI Chat',
  'openai-responses': 'OpenAI Responses',
  'anthropic-messages': 'Anthropic Messages',
  'gemini-generate': 'Gemini',
};
const titleOf = ({ id }: Side): string => TITLES[id] ?? id;

/** What becomes of it: said, translated, read again as the upstream would read it, and compared. */
function fateOf(concept: Concept, from: Side, to: Side): string | undefined {
  const body = bodyFor(concept, from);
  if (body === undefined) return undefined;
  const said = concept.read(from.client.decodeRequest(body));
  if (said === undefined) return undefined;
  try {
    const { body: sent, warnings } = translate(body, from, to);
    const heard = concept.read(to.client.decodeRequest({ model: 'm', ...sent }));
    if (isDeepStrictEqual(heard, said)) return 'kept';
    const becomes = concept.becomes?.[`${from.id}>${to.id}`] ?? concept.becomes?.[to.id];
    if (becomes !== undefined) return becomes;
    if (heard === undefined) {
      const isWarned = warnings.some(({ path }) => concept.warnedAs?.test(path) ?? true);
      return isWarned ? 'dropped, with a warning' : 'dropped';
    }
    throw new Error(`${concept.name}, ${from.id} to ${to.id}: ${JSON.stringify(said)} became ${JSON.stringify(heard)}`);
  } catch (error) {
    if (!(error instanceof RequestFault)) throw error;
    return `refused: ${error.message}`;
  }
}

function tableOf(from: Side): string {
  const targets = SIDES.filter((to) => to !== from);
  const rows = CONCEPTS.flatMap((concept) => {
    const fates = targets.map((to) => fateOf(concept, from, to));
    return fates.every((fate) => fate === undefined) ? [] : [[concept.name, ...fates.map((fate) => fate ?? '')]];
  });
  const lines = [['', ...targets.map((to) => `to ${titleOf(to)}`)], ['---', ...targets.map(() => '---')], ...rows];
  return `## ${titleOf(from)} clients\n\n${lines.map((cells) => `| ${cells.join(' | ')} |`).join('\n')}\n`;
}

const INTRODUCTION = `# What translation does to a request

Between two sides that speak the same dialect nothing is translated: bytes pass as they are. Everywhere else a request is
decoded, fitted to the model and encoded again. These tables say what becomes of each thing that a client can say:

* **kept**: the upstream reads the same.
* a phrase: it arrives as that.
* **dropped**: the upstream has no words for it. With a warning, where it may change the answer.
* **refused**: answered with 400 and this message, because an answer without it would be an answer to something else.

A row is missing where the client's dialect cannot say it. The tables are made from the canonical requests in
\`test/fixtures/matrix/requests\` by \`test/docs-translation.test.ts\`, which fails when they no longer tell the truth
(\`npx vitest run test/docs-translation.test.ts -u\` writes them anew). Their upstreams are a model of an OpenAI-compatible
server that no catalogue knows, GPT-5.5, Claude Sonnet 4.5 and Gemini 3 Flash; other models take more or less.
`;

const REASONING = `## Thinking over turns

Vendors want the state of their thinking back with the next request: Anthropic its signatures, OpenAI its encrypted
reasoning, Google its thought signatures. What is remembered of such a state is who issued it, and it goes to nobody else.

* Where the client's dialect has a place for it (\`signature\`, \`encrypted_content\`, \`thoughtSignature\`, for calls in
  OpenAI Chat \`extra_content.google.thought_signature\`), it travels there, sealed with the name of its issuer.
* Where it has none, or the client does not send it back, the gateway puts it back: it keeps the state of the last 4096
  turns (32 MB, an hour without use; each worker its own) in memory, by the client key, the model and the ids of the turn's
  calls, or the turn's words. Encrypted reasoning only goes to the account that got it.
* State of another vendor is left out with a warning, also where the rest of the body is relayed as it came. Claude goes on
  without thinking where its own thinking is missing; for Google's calls its documented bypass stands in.
* State that an upstream refuses after all is left out, and the request sent once more, with a warning.
* A conversation that lies with an upstream (\`previous_response_id\`, Anthropic's threads, Codex's turn state) stays with the
  credential that has it, as long as that can serve.
`;

const ANSWERS = `## Answers

| | |
| --- | --- |
| text, calls, thinking | kept, streamed as they come; Gemini gets each call whole, Anthropic one block after the other |
| citations and web searches | kept, as each dialect shows them; offsets are counted anew (characters, bytes for Gemini) |
| pictures | kept; Anthropic clients read where one was |
| why it ended | kept; a refusal of Anthropic is \`content_filter\` to OpenAI clients and \`SAFETY\` to Gemini clients |
| usage | each token once: uncached, cache reads, cache writes, words, thinking. Gemini has no figure for cache writes, they count as input there |
| errors | status, code and message kept, in the client's form; within a stream too |
| the name of the model | the one the client asked for |
| what only one vendor has (its code runs, files, servers of tools) | kept for clients of its own dialect, left out elsewhere |
`;

/** A whole answer without content, by the word it ended with. */
const ENDS: Readonly<
  Record<string, { readonly words: readonly string[]; readonly answer: (word: string) => JsonObject }>
> = {
  'openai-chat': {
    words: ['stop', 'length', 'tool_calls', 'content_filter'],
    answer: (word) => ({
      choices: [
        {
          index: 0,
          message: { role: 'assistant', content: 'a', ...(word === 'tool_calls' ? { tool_calls: [CHAT_CALL] } : {}) },
          finish_reason: word,
        },
      ],
    }),
  },
  'openai-responses': {
    words: ['completed', 'completed, with a call', 'incomplete: max_output_tokens', 'incomplete: content_filter'],
    answer: (word) => {
      const [status = '', reason] = word.split(/[:,] /);
      const call = { type: 'function_call', id: 'fc_1', call_id: 'c', name: 'f', arguments: '{}' };
      return {
        status,
        output: reason === 'with a call' ? [call] : [],
        ...(status === 'incomplete' ? { incomplete_details: { reason } } : {}),
      };
    },
  },
  'anthropic-messages': {
    words: [
      'end_turn',
      'stop_sequence',
      'max_tokens',
      'model_context_window_exceeded',
      'tool_use',
      'pause_turn',
      'refusal',
    ],
    answer: (word) => ({
      content: word === 'tool_use' ? [{ type: 'tool_use', id: 't', name: 'f', input: {} }] : [],
      stop_reason: word,
      ...(word === 'stop_sequence' ? { stop_sequence: 'END' } : {}),
    }),
  },
  'gemini-generate': {
    words: [
      'STOP',
      'STOP, with a call',
      'MAX_TOKENS',
      'SAFETY',
      'RECITATION',
      'BLOCKLIST',
      'PROHIBITED_CONTENT',
      'SPII',
      'IMAGE_SAFETY',
      'MALFORMED_FUNCTION_CALL',
      'LANGUAGE',
      'OTHER',
    ],
    answer: (word) => ({
      candidates: [
        {
          content: { role: 'model', parts: /call$/.test(word) ? [{ functionCall: { name: 'f', args: {} } }] : [] },
          finishReason: word.split(',')[0] ?? '',
        },
      ],
    }),
  },
};
const CHAT_CALL: JsonObject = { id: 'c', type: 'function', function: { name: 'f', arguments: '{}' } };

/** The word by which a client's dialect says why the answer ended. */
function endOf(client: Side, answer: JsonObject): string {
  const [choice] = Array.isArray(answer['choices']) ? answer['choices'] : [];
  const [candidate] = Array.isArray(answer['candidates']) ? answer['candidates'] : [];
  switch (client.id) {
    case 'openai-chat':
      return Object(choice).finish_reason;
    case 'openai-responses': {
      const { status, incomplete_details: details } = answer;
      return details === null ? String(status) : `${status}: ${Object(details).reason}`;
    }
    case 'anthropic-messages':
      return String(answer['stop_reason']);
    default:
      return Object(candidate).finishReason;
  }
}

function endTable(upstream: Side): string {
  const clients = SIDES.filter((side) => side !== upstream);
  const { words, answer } = ENDS[upstream.id] ?? { words: [], answer: () => ({}) };
  const rows = words.map((word) => {
    const response = upstream.upstream.decodeResponse(answer(word), {});
    const ends = clients.map((client) => {
      const context = answerContext(client, smallestRequest(client, { stream: false }));
      return `\`${endOf(client, client.client.encodeResponse(response, context))}\``;
    });
    return [`\`${word}\``, ...ends];
  });
  const head = [titleOf(upstream), ...clients.map((client) => `${titleOf(client)} client`)];
  return `${[head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n')}\n`;
}

const ENDINGS = '## Why an answer ended\n';

test('the tables of docs/translation.md are true', async () => {
  const text = [INTRODUCTION, ...SIDES.map(tableOf), REASONING, ANSWERS, ENDINGS, ...SIDES.map(endTable)].join('\n');
  await expect(text).toMatchFileSnapshot('../docs/translation.md');
});
