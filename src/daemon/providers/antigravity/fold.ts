import { isObject, type JsonObject, type JsonValue } from '../../ir/json.js';
import { objectsIn } from './wire-names.js';

/**
 * The chunks of a stream as one answer; `undefined` where they are none: an error stands among them, or their end is
 * missing (antigravity.md 3.6).
 */
export function fold(chunks: readonly JsonObject[]): JsonObject | undefined {
  if (chunks.some(({ error }) => error !== undefined && error !== null)) return undefined;
  const candidates = new Map<number, Candidate>();
  let shared: JsonObject = {};
  for (const { candidates: list, ...members } of chunks) {
    shared = { ...shared, ...present(members) };
    for (const candidate of objectsIn(list)) addCandidate(candidates, candidate);
  }
  const answers = [...candidates.values()].map(
    ({ parts, members }): JsonObject => ({
      ...members,
      content: { role: 'model', ...(isObject(members['content']) ? members['content'] : {}), parts },
    }),
  );
  const { promptFeedback } = shared;
  const isBlocked = isObject(promptFeedback) && typeof promptFeedback['blockReason'] === 'string';
  const hasEnded = answers.length > 0 && answers.every((answer) => typeof answer['finishReason'] === 'string');
  if (!hasEnded && !isBlocked) return undefined;
  return { ...(answers.length === 0 ? {} : { candidates: answers }), ...shared };
}

interface Candidate {
  parts: readonly JsonObject[];
  members: JsonObject;
}

function addCandidate(candidates: Map<number, Candidate>, candidate: JsonObject): void {
  const { content, groundingMetadata, ...others } = candidate;
  const index = typeof others['index'] === 'number' ? others['index'] : 0;
  const known = candidates.get(index) ?? { parts: [], members: {} };
  const { parts, ...around } = isObject(content) ? content : {};
  const before = known.members['groundingMetadata'];
  known.parts = objectsIn(parts).reduce(addPart, known.parts);
  known.members = {
    ...known.members,
    ...present(others),
    ...(Object.keys(around).length === 0 ? {} : { content: around }),
    ...(isObject(groundingMetadata)
      ? { groundingMetadata: { ...(isObject(before) ? before : {}), ...groundingMetadata } }
      : {}),
  };
  candidates.set(index, known);
}

/** The last word counts, where one is said. */
const present = (members: JsonObject): JsonObject =>
  Object.fromEntries(
    Object.entries(members).filter(([, value]) => value !== undefined && value !== null && value !== ''),
  );

/** Words of a kind go together until one of them is signed. */
function addPart(parts: readonly JsonObject[], part: JsonObject): readonly JsonObject[] {
  const last = parts.at(-1);
  const [said, more] = [wordsOf(last), wordsOf(part)];
  const isSame = last?.['thought'] === part['thought'] && last?.['thoughtSignature'] === undefined;
  if (said !== undefined && more !== undefined && isSame)
    return [...parts.slice(0, -1), { ...part, text: said + more }];
  const isEmpty = more === '' && part['thoughtSignature'] === undefined;
  return isEmpty && parts.length > 0 ? parts : [...parts, part];
}

const WORDS: ReadonlySet<string> = new Set(['text', 'thought', 'thoughtSignature']);

/** The text of a part that is nothing else. */
function wordsOf(part: JsonObject | undefined): string | undefined {
  const text: JsonValue | undefined = part?.['text'];
  return typeof text === 'string' && Object.keys(part ?? {}).every((name) => WORDS.has(name)) ? text : undefined;
}
