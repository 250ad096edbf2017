import type { JsonObject } from '../../ir/json.js';
import { type Opaque, sealOpaque } from '../../ir/opaque.js';
import type { MediaPart, Part, ToolCallPart } from '../../ir/request.js';
import { toArguments } from './arguments.js';
import { ID } from './wire.js';

/** The slot for vendor state, whoever issued it. */
export const signatureMember = (opaque: Opaque | undefined): JsonObject =>
  opaque === undefined ? {} : { thoughtSignature: sealOpaque(opaque, ID) };

/** The input of a free-form tool travels as one `input`. */
export function printCall({ id, name, input, custom, opaque }: Omit<ToolCallPart, 'type'>): JsonObject {
  const args = custom === true ? { input } : toArguments(input);
  return { functionCall: { ...(id === '' ? {} : { id }), name, args }, ...signatureMember(opaque) };
}

function printMedia({ source, mediaType, opaque }: MediaPart): JsonObject {
  const type = mediaType === undefined ? {} : { mimeType: mediaType };
  const signature = signatureMember(opaque);
  switch (source.kind) {
    case 'base64':
      return { inlineData: { ...type, data: source.data }, ...signature };
    case 'url':
      return { fileData: { ...type, fileUri: source.url }, ...signature };
    case 'file':
      return { fileData: { ...type, fileUri: source.id }, ...signature };
  }
}

/** Parts that arrive whole and have a form here; searches stand in the grounding instead. */
export function printWhole(part: Part): JsonObject | undefined {
  if (part.type === 'media') return printMedia(part);
  return part.type === 'native' && part.dialect === ID ? part.value : undefined;
}
