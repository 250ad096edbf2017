import type { FailureFacts } from '../../ir/error.js';
import { isObject, type JsonObject, type JsonValue } from '../../ir/json.js';
import type { ModelInfo } from '../../ir/model.js';
import { isSealed, openOpaque } from '../../ir/opaque.js';
import type { Warning, WireBody } from '../dialect.js';
import { issuerOf } from './issuer.js';
import { ID, SIGNATURE_BYPASS } from './wire.js';

/** The name a signature stands under; the client may spell it either way. */
const NAMES = ['thoughtSignature', 'thought_signature'] as const;

/** Takes signatures of other vendors out of the contents: Google answers them with 400. */
export function dropForeignState(body: WireBody, model: ModelInfo): readonly Warning[] {
  const issuer = issuerOf(model);
  const isForeign = (value: JsonValue | undefined): boolean =>
    typeof value === 'string' && isSealed(value) && openOpaque(value, ID).origin !== issuer;
  const hasChanged = editParts(body, (part) => {
    if (!NAMES.some((name) => isForeign(part[name]))) return part;
    return isCall(part) ? bypassed(part) : unsigned(part);
  });
  return hasChanged ? [{ path: 'contents', reason: 'thought signatures of another vendor are not sent on' }] : [];
}

/** A signature that is missing, of another model, or that some client changed on its way. */
export function dropRefusedState({ status, message }: FailureFacts, body: WireBody): boolean {
  if (status !== 400 || !/thought.?signature/i.test(message)) return false;
  let isFirstCall = true;
  return editParts(body, (part, isFirstOfTurn) => {
    isFirstCall ||= isFirstOfTurn;
    // Of calls made together only the first one has a signature.
    const wantsBypass = isCall(part) && isFirstCall;
    if (isCall(part)) isFirstCall = false;
    if (wantsBypass) return part['thoughtSignature'] === SIGNATURE_BYPASS ? part : bypassed(part);
    return NAMES.some((name) => part[name] !== undefined) ? unsigned(part) : part;
  });
}

const isCall = (part: JsonObject): boolean => (part['functionCall'] ?? part['function_call']) !== undefined;

/** An empty text that only carried a signature says nothing. */
function unsigned(part: JsonObject): JsonObject | undefined {
  const { thoughtSignature: _signature, thought_signature: _other, thought, ...rest } = part;
  const isEmpty = Object.keys(rest).length === 0 || (rest['text'] === '' && Object.keys(rest).length === 1);
  if (isEmpty) return undefined;
  return thought === undefined ? rest : { ...rest, thought };
}

/** A call without its signature is refused too. */
const bypassed = (part: JsonObject): JsonObject => ({ ...unsigned(part), thoughtSignature: SIGNATURE_BYPASS });

type EditPart = (part: JsonObject, isFirstOfTurn: boolean) => JsonObject | undefined;

/** Whether any part was changed. A turn that becomes empty goes. */
function editParts(body: WireBody, edit: EditPart): boolean {
  const contents = body.get('contents');
  if (!Array.isArray(contents)) return false;
  let hasChanged = false;
  const edited = contents.flatMap((content: JsonValue): JsonValue[] => {
    const parts = isObject(content) ? content['parts'] : undefined;
    if (!isObject(content) || !Array.isArray(parts)) return [content];
    const kept = parts.flatMap((part: JsonValue, index): JsonValue[] => {
      if (!isObject(part)) return [part];
      const changed = edit(part, index === 0);
      hasChanged ||= changed !== part;
      return changed === undefined ? [] : [changed];
    });
    return kept.length === 0 && parts.length > 0 ? [] : [{ ...content, parts: kept }];
  });
  if (hasChanged) body.set('contents', edited);
  return hasChanged;
}
