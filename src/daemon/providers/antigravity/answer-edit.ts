import type { ModelFamily } from '../../dialects/gemini-generate/issuer.js';
import { isObject, type JsonObject, type JsonValue } from '../../ir/json.js';
import { type Placeholders, withoutPlaceholders } from './placeholders.js';
import { isWrapped, sealClaude } from './signatures.js';
import { objectsIn } from './wire-names.js';

export interface AnswerEditParts {
  readonly family: ModelFamily;
  /** The client's names of functions by those on the wire, where they differ. */
  readonly changedNames: ReadonlyMap<string, string>;
  /** By the function's name on the wire. */
  readonly placeholders: ReadonlyMap<string, Placeholders>;
  /** Told of each signature of Claude's: whether it came encoded once more. */
  readonly onSignature: (isWrapped: boolean) => void;
}

export type AnswerEdit = (chunk: JsonObject) => JsonObject;

/** What has to be undone in an answer; `undefined` where it passes as it came, which is what Gemini's own do. */
export function openAnswerEdit(parts: AnswerEditParts): AnswerEdit | undefined {
  if (parts.family === 'google' && parts.changedNames.size === 0) return undefined;
  return (chunk) => {
    if (!Array.isArray(chunk['candidates'])) return chunk;
    return { ...chunk, candidates: objectsIn(chunk['candidates']).map((candidate) => editCandidate(candidate, parts)) };
  };
}

function editCandidate(candidate: JsonObject, edit: AnswerEditParts): JsonObject {
  const { content } = candidate;
  if (!isObject(content) || !Array.isArray(content['parts'])) return candidate;
  return {
    ...candidate,
    content: { ...content, parts: objectsIn(content['parts']).map((part) => editPart(part, edit)) },
  };
}

function editPart(part: JsonObject, edit: AnswerEditParts): JsonObject {
  const { functionCall, thoughtSignature, ...others } = part;
  return {
    ...others,
    ...(isObject(functionCall) ? { functionCall: editCall(functionCall, edit) } : {}),
    ...editSignature(thoughtSignature, edit),
  };
}

/** Whose it is must be seen in a slot that has no place for that: another vendor would refuse it. */
function editSignature(signature: JsonValue | undefined, { family, onSignature }: AnswerEditParts): JsonObject {
  if (typeof signature !== 'string' || signature === '' || family === 'other') return {};
  if (family === 'google') return { thoughtSignature: signature };
  onSignature(isWrapped(signature));
  return { thoughtSignature: sealClaude(signature) };
}

function editCall(call: JsonObject, { changedNames, placeholders }: AnswerEditParts): JsonObject {
  const name = String(call['name'] ?? '');
  const places = placeholders.get(name);
  return {
    ...call,
    name: changedNames.get(name) ?? name,
    ...(places === undefined ? {} : { args: withoutPlaceholders(call['args'], places) }),
  };
}
