import type { WireBody } from '../../dialects/dialect.js';
import { isObject, type JsonObject, type JsonValue } from '../../ir/json.js';
import { dropMember, editParts, mapChanged, spellingIn, withoutMembers } from '../google-body.js';
import type { Safety } from '../google-safety.js';
import type { Call } from '../provider.js';
import { shapeCount } from './count-body.js';
import { sayInWords } from './system-words.js';

/** The last hand on a body for the Gemini API, whoever asks. */
export function shapeGeminiBody({ body, operation, model, relay }: Call, safety: Safety): void {
  // Model and stream are part of the URL; the server put them into the body for the engine's sake.
  for (const member of ['model', 'stream']) if (body.get(member) !== undefined) body.set(member, undefined);
  const isGemma = model.traits.has('no-system-instruction');
  switch (operation) {
    case 'generate':
      if (relay) dropVertexMembers(body);
      if (relay && isGemma) sayInWords(body);
      safety.apply(body);
      break;
    case 'image':
    case 'image-edit':
      safety.apply(body);
      break;
    case 'count-tokens':
      if (isGemma) sayInWords(body);
      shapeCount(body, model.id);
      break;
    case 'embed':
      if (relay) nameModel(body, model.id);
      break;
    default:
  }
}

/**
 * What Vertex has and this API refuses by name; dropped, so that a request made for the one can be served by the other. Tools
 * and guards are not: without them the answer would be another one (gemini.md 3, 9.2; lists of @google/genai 2.32, seen 2026-11).
 */
const VERTEX_ONLY = {
  body: ['labels'],
  config: ['audioTimestamp'],
  image: ['personGeneration', 'prominentPeople', 'imageOutputOptions'],
  safety: ['method'],
  media: ['displayName'],
} as const;
const MEDIA = ['inlineData', 'inline_data', 'fileData', 'file_data'] as const;

function dropVertexMembers(body: WireBody): void {
  for (const name of VERTEX_ONLY.body) dropMember(body, name);
  edit(body, 'generationConfig', (config) =>
    isObject(config) ? withinImage(withoutMembers(config, VERTEX_ONLY.config)) : config,
  );
  edit(body, 'safetySettings', (settings) =>
    Array.isArray(settings)
      ? mapChanged(settings, (each) => (isObject(each) ? withoutMembers(each, VERTEX_ONLY.safety) : each))
      : settings,
  );
  if (mentions(body, 'displayName') || mentions(body, 'display_name')) editParts(body, withoutName);
}

function edit(body: WireBody, name: string, change: (value: JsonValue) => JsonValue): void {
  const key = spellingIn(body, name);
  const before = body.get(key);
  if (before === undefined) return;
  const after = change(before);
  if (after !== before) body.set(key, after);
}

function withinImage(config: JsonObject): JsonObject {
  const key = isObject(config['image_config']) ? 'image_config' : 'imageConfig';
  const image = config[key];
  if (!isObject(image)) return config;
  const kept = withoutMembers(image, VERTEX_ONLY.image);
  return kept === image ? config : { ...config, [key]: kept };
}

/** A search of the bytes: most conversations need not be parsed for this. */
const mentions = ({ bytes }: WireBody, word: string): boolean =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).includes(`"${word}"`);

function withoutName(part: JsonObject): JsonObject {
  const member = MEDIA.find((name) => isObject(part[name]));
  const media = member === undefined ? undefined : part[member];
  if (member === undefined || !isObject(media)) return part;
  const kept = withoutMembers(media, VERTEX_ONLY.media);
  return kept === media ? part : { ...part, [member]: kept };
}

/** Each text names the model again, by the name the client knows. */
function nameModel(body: WireBody, id: string): void {
  edit(body, 'requests', (requests) =>
    Array.isArray(requests)
      ? mapChanged(requests, (each) => (isObject(each) ? { ...each, model: `models/${id}` } : each))
      : requests,
  );
}
