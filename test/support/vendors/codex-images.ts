import { isObject, type JsonObject, type JsonValue } from '../../../src/daemon/ir/json.js';
import { PNG } from '../images.js';
import type { SeenRequest, VendorAnswer } from './front.js';

const detail = (status: number, text: string): VendorAnswer => ({ status, body: { detail: text } });

const MEMBERS = ['model', 'prompt', 'n', 'size', 'quality', 'background', 'output_format', 'output_compression'];
const MORE = ['moderation', 'input_fidelity', 'stream', 'partial_images', 'images', 'mask'];
const USAGE = { input_tokens: 5, output_tokens: 100, total_tokens: 105 };

/** The endpoint of its own: JSON only, and for one picture. */
export function drawDirectly({ path, headers, body }: SeenRequest): VendorAnswer {
  if (headers['content-type'] !== 'application/json') return detail(415, 'Unsupported media type');
  const unknown = Object.keys(body).find((member) => ![...MEMBERS, ...MORE].includes(member));
  if (unknown !== undefined) return detail(400, `Unsupported parameter: ${unknown}`);
  if (body['n'] !== undefined && body['n'] !== 1) return detail(400, 'n must be 1');
  if (!/^gpt-image-(2|1\.5)$/.test(String(body['model']))) return detail(400, 'The model is not supported');
  const images: JsonValue | undefined = body['images'];
  if (path.endsWith('/edits') && !isPictureList(images)) return detail(400, 'images are required');
  const type = path.endsWith('/edits') ? 'image_edit.completed' : 'image_generation.completed';
  if (body['stream'] !== true) return { status: 200, body: { created: 1, data: [{ b64_json: PNG }], usage: USAGE } };
  const event = { type, b64_json: PNG, created_at: 1, usage: USAGE };
  return sse([[type, event]]);
}

const isPictureList = (images: JsonValue | undefined): boolean =>
  Array.isArray(images) &&
  (images as readonly JsonValue[]).every(
    (image) => isObject(image) && String(image['image_url']).startsWith('data:image/'),
  );

const TOOL = [
  ...['type', 'action', 'model', 'size', 'quality', 'background', 'output_format', 'output_compression'],
  ...['moderation', 'input_fidelity', 'input_image_mask', 'partial_images'],
];

/** A chat model that calls the hosted tool, as it must. */
export function drawWithTool(body: JsonObject): VendorAnswer {
  const tools: JsonValue | undefined = body['tools'];
  const tool = Array.isArray(tools) ? (tools as readonly JsonValue[])[0] : undefined;
  if (!isObject(tool) || tool['type'] !== 'image_generation') return detail(400, 'Tool choice not found in tools');
  const unknown = Object.keys(tool).find((member) => !TOOL.includes(member));
  if (unknown !== undefined) return detail(400, `Unknown parameter: tools[0].${unknown}`);
  if (String(body['model']).startsWith('gpt-image')) return detail(400, 'The model is not supported with Codex');
  if (tool['action'] === 'edit' && !JSON.stringify(body['input']).includes('"input_image"')) {
    return detail(400, 'no image to edit');
  }
  const item = { id: 'ig_1', type: 'image_generation_call', status: 'in_progress' };
  const done = { ...item, status: 'completed', output_format: 'png', revised_prompt: 'A redder square', result: PNG };
  const response = { id: 'resp_1', object: 'response', model: String(body['model']) };
  const usage = { input_tokens: 900, output_tokens: 40, total_tokens: 940 };
  const drafts = Array.from({ length: Number(tool['partial_images'] ?? 0) }, (_each, index): [string, JsonObject] => [
    'response.image_generation_call.partial_image',
    { output_index: 0, item_id: 'ig_1', partial_image_index: index, partial_image_b64: PNG, output_format: 'png' },
  ]);
  return sse([
    ['response.created', { response: { ...response, status: 'in_progress' } }],
    ['response.output_item.added', { output_index: 0, item }],
    ...drafts,
    ['response.output_item.done', { output_index: 0, item: done }],
    [
      'response.completed',
      { response: { ...response, status: 'completed', output: [], usage, tool_usage: { image_gen: USAGE } } },
    ],
  ]);
}

const sse = (events: readonly (readonly [string, JsonObject])[]): VendorAnswer => ({
  status: 200,
  headers: { 'content-type': 'text/event-stream' },
  body: Buffer.from(
    events.map(([type, event]) => `event: ${type}\ndata: ${JSON.stringify({ type, ...event })}\n\n`).join(''),
  ),
});
