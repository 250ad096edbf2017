import { RequestFault } from '../../ir/error.js';
import { isObject, type JsonObject, type JsonValue } from '../../ir/json.js';
import { mediaTypeOfName, printDataUrl } from '../../ir/media.js';
import type { Citation, MediaPart, NativePart, Part, TextPart } from '../../ir/request.js';
import { audioFormat, audioType, readDataUrl } from './media.js';
import { cacheOf, compact, DIALECT, isArray, keep, kept, type Members, wireMembers } from './wire.js';

/** The type of a plain text part: what the client says, or what the model said. */
export type TextType = 'input_text' | 'output_text';

/** Reads one content part of a message or of a tool result; a kind we do not know stays native. */
export function decodeContent(value: JsonObject, members: Members, plain: TextType): Part {
  const type = value['type'];
  switch (type) {
    case 'input_text':
    case 'output_text':
    case 'text':
      return decodeText(value, members, plain);
    case 'refusal': {
      members.use('type');
      return { type: 'text', text: members.requiredString('refusal'), refusal: true, ...keep(members.rest()) };
    }
    case 'input_image':
      return decodeImage(value, members);
    case 'input_file':
      return decodeFile(value, members);
    case 'input_audio':
      return decodeAudio(value, members);
    default:
      return { type: 'native', dialect: DIALECT, value };
  }
}

function decodeText(value: JsonObject, members: Members, plain: TextType): TextPart {
  const type = members.use('type');
  const text = members.requiredString('text');
  const citations = decodeAnnotations(value['annotations']);
  return {
    type: 'text',
    text,
    ...(citations.length === 0 ? {} : { citations }),
    ...cacheOf(value),
    ...keep({ ...members.rest(), ...(type === plain ? {} : { $type: type }) }),
  };
}

/** The web citations among annotations; the others mean nothing outside this dialect. */
export function decodeAnnotations(value: JsonValue | undefined): readonly Citation[] {
  if (!isArray(value)) return [];
  return value.flatMap((annotation) => decodeAnnotation(annotation) ?? []);
}

export function decodeAnnotation(annotation: JsonValue | undefined): Citation | undefined {
  if (!isObject(annotation) || annotation['type'] !== 'url_citation') return undefined;
  const { url, title, start_index: start, end_index: end } = annotation;
  if (typeof url !== 'string') return undefined;
  return {
    url,
    ...(typeof title === 'string' ? { title } : {}),
    ...(typeof start === 'number' ? { start } : {}),
    ...(typeof end === 'number' ? { end } : {}),
  };
}

function decodeImage(value: JsonObject, members: Members): MediaPart {
  members.use('type');
  const detail = members.string('detail');
  const common = { type: 'media', ...cacheOf(value), ...(detail === undefined ? {} : { detail }) } as const;
  const url = members.string('image_url');
  if (url !== undefined) {
    const inline = readDataUrl(url, members.at('image_url'));
    if (inline === undefined) {
      return { ...common, source: { kind: 'url', url }, ...keep({ ...members.rest(), $type: 'input_image' }) };
    }
    const { mediaType, data, prefix } = inline;
    return {
      ...common,
      ...(mediaType === undefined ? {} : { mediaType }),
      source: { kind: 'base64', data },
      ...keep({ ...members.rest(), $type: 'input_image', ...prefixHint(mediaType, prefix) }),
    };
  }
  const id = members.string('file_id');
  if (id === undefined) throw new RequestFault(`${members.path} needs image_url or file_id`, members.path);
  const source = { kind: 'file', id, origin: DIALECT } as const;
  return { ...common, source, ...keep({ ...members.rest(), $type: 'input_image' }) };
}

/** Kept only where printing the data URL anew would spell it differently. */
const prefixHint = (mediaType: string | undefined, prefix: string): JsonObject =>
  mediaType !== undefined && prefix === printDataUrl(mediaType, '') ? {} : { $prefix: prefix };

function decodeFile(value: JsonObject, members: Members): MediaPart {
  members.use('type');
  const filename = members.string('filename');
  const common = { type: 'media', ...cacheOf(value), ...(filename === undefined ? {} : { filename }) } as const;
  const text = members.string('file_data');
  if (text !== undefined) {
    const { mediaType, data, prefix } = readDataUrl(text, members.at('file_data')) ?? { data: text, prefix: '' };
    const type = mediaType ?? typeOf(filename);
    return {
      ...common,
      ...(type === undefined ? {} : { mediaType: type }),
      source: { kind: 'base64', data },
      ...keep({ ...members.rest(), $type: 'input_file', ...prefixHint(type, prefix) }),
    };
  }
  const url = members.string('file_url');
  const id = url === undefined ? members.string('file_id') : undefined;
  if (url === undefined && id === undefined) {
    throw new RequestFault(`${members.path} needs file_data, file_url or file_id`, members.path);
  }
  const type = typeOf(filename);
  return {
    ...common,
    ...(type === undefined ? {} : { mediaType: type }),
    source: url === undefined ? { kind: 'file', id: id ?? '', origin: DIALECT } : { kind: 'url', url },
    ...keep({ ...members.rest(), $type: 'input_file' }),
  };
}

const typeOf = (filename: string | undefined): string | undefined =>
  filename === undefined ? undefined : mediaTypeOfName(filename);

function decodeAudio(value: JsonObject, members: Members): MediaPart {
  members.use('type');
  const audio = members.object('input_audio');
  if (audio === undefined) throw new RequestFault(`${members.at('input_audio')} must be an object`, members.path);
  const inner = members.within(audio, members.at('input_audio'));
  const data = inner.requiredString('data');
  const format = inner.string('format');
  return {
    type: 'media',
    mediaType: audioType(format),
    source: { kind: 'base64', data },
    ...cacheOf(value),
    ...keep({ ...members.rest(), $type: 'input_audio', $audio: { ...inner.rest(), ...(format ? { format } : {}) } }),
  };
}

/** Prints a content part that this dialect decoded, as it was. */
export function printContent(part: TextPart | MediaPart | NativePart, plain: TextType): JsonObject {
  const { $type, $prefix, $audio, ...rest } = kept(part);
  const members = wireMembers(rest);
  switch (part.type) {
    case 'native':
      return part.value;
    case 'text':
      if (part.refusal) return { type: 'refusal', refusal: part.text, ...members };
      return { type: $type ?? plain, text: part.text, ...members };
    case 'media':
      switch ($type) {
        case 'input_audio':
          return {
            type: $type,
            input_audio: {
              ...(isObject($audio) ? $audio : { format: audioFormat(part.mediaType ?? '') }),
              data: dataOf(part),
            },
            ...members,
          };
        case 'input_file':
          return compact({ type: $type, filename: part.filename, ...printSource(part, $prefix, 'file'), ...members });
        default:
          return compact({
            type: 'input_image',
            detail: part.detail,
            ...printSource(part, $prefix, 'image'),
            ...members,
          });
      }
  }
}

const dataOf = (part: MediaPart): string => (part.source.kind === 'base64' ? part.source.data : '');

function printSource(
  { source, mediaType }: MediaPart,
  prefix: JsonValue | undefined,
  kind: 'file' | 'image',
): JsonObject {
  switch (source.kind) {
    case 'base64': {
      const start = typeof prefix === 'string' ? prefix : printDataUrl(mediaType ?? 'application/octet-stream', '');
      return { [kind === 'file' ? 'file_data' : 'image_url']: start + source.data };
    }
    case 'url':
      return { [kind === 'file' ? 'file_url' : 'image_url']: source.url };
    case 'file':
      return { file_id: source.id };
  }
}
