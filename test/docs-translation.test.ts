import { isDeepStrictEqual } from 'node:util';
import { expect, test } from 'vitest';
import { RequestFault } from '../src/daemon/ir/error.js';
import { SIDES, type Side, translate } from './support/sides.js';
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

const ANSWERS = `## Answers

| | |
| --- | --- |
| text, calls, thinking | kept, streamed as they come; Gemini gets each call whole, Anthropic one block after the other |
| citations and web searches | kept, as each dialect shows them; offsets are counted anew (characters, bytes for Gemini) |
| pictures | kept; Anthropic clients read where one was |
| signatures and encrypted thinking | kept for their issuer: they travel through other dialects sealed, and go back to nobody else |
| why it ended | kept; a refusal of Anthropic is \`content_filter\` to OpenAI clients and \`SAFETY\` to Gemini clients |
| usage | each token once: uncached, cache reads, cache writes, words, thinking. Gemini has no figure for cache writes, they count as input there |
| errors | status, code and message kept, in the client's form; within a stream too |
| the name of the model | the one the client asked for |
`;

test('the tables of docs/translation.md are true', async () => {
  const text = [INTRODUCTION, ...SIDES.map(tableOf), ANSWERS].join('\n');
  await expect(text).toMatchFileSnapshot('../docs/translation.md');
});
