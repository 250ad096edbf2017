import { RequestFault } from '../../ir/error.js';
import { type ImageOptions, MAX_IMAGES, MAX_PARTIAL_IMAGES } from '../../ir/image.js';
import type { JsonObject } from '../../ir/json.js';
import type { Message, ModelRequest } from '../../ir/request.js';
import { decodeInputs, decodeMask } from './decode-images.js';
import { ID, type Members, openMembers } from './members.js';

/** `/v1/images/generations`. @throws RequestFault naming the member that is wrong. */
export const decodeGeneration = (body: JsonObject): ModelRequest => decode(body, 'generate');

/** `/v1/images/edits`, as JSON; a form is read as if it were. @throws RequestFault naming the member that is wrong. */
export const decodeEdit = (body: JsonObject): ModelRequest => decode(body, 'edit');

function decode(body: JsonObject, action: ImageOptions['action']): ModelRequest {
  const members = openMembers(body);
  const inputs = action === 'edit' ? decodeInputs(body) : [];
  const mask = action === 'edit' ? decodeMask(body['mask']) : undefined;
  const message: Message = {
    role: 'user',
    content: [...inputs, { type: 'text', text: members.requiredText('prompt') }],
  };
  const stream = members.flag('stream') ?? false;
  const user = members.text('user');
  return {
    dialect: ID,
    model: members.text('model') ?? '',
    messages: [message],
    tools: [],
    sampling: {},
    ...(user === undefined ? {} : { userId: user }),
    image: { ...decodeOptions(members, action), ...(mask === undefined ? {} : { mask }) },
    stream,
  };
}

const TEXTS = {
  size: 'size',
  quality: 'quality',
  style: 'style',
  background: 'background',
  output_format: 'outputFormat',
  moderation: 'moderation',
  input_fidelity: 'inputFidelity',
} as const satisfies Readonly<Record<string, keyof ImageOptions>>;

function decodeOptions(members: Members, action: ImageOptions['action']): ImageOptions {
  const texts = Object.entries(TEXTS).flatMap(([key, name]) => {
    const value = members.text(key);
    return value === undefined ? [] : [[name, value] as const];
  });
  const outputCompression = members.whole('output_compression', 0, 100);
  return {
    action,
    count: members.whole('n', 1, MAX_IMAGES) ?? 1,
    partialImages: members.whole('partial_images', 0, MAX_PARTIAL_IMAGES) ?? 0,
    delivery: decodeDelivery(members),
    ...Object.fromEntries(texts),
    ...(outputCompression === undefined ? {} : { outputCompression }),
  };
}

function decodeDelivery(members: Members): ImageOptions['delivery'] {
  const format = members.text('response_format') ?? 'b64_json';
  if (format === 'b64_json') return 'data';
  if (format === 'url') return 'url';
  throw new RequestFault('response_format must be b64_json or url', 'response_format', { code: 'invalid_value' });
}
