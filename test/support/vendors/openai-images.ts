import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { isObject, type JsonObject, type JsonValue, parseJson } from '../../../src/daemon/ir/json.js';
import { PNG } from '../images.js';

/** One request as the vendor read it: a form's files stand as their names and types. */
export interface SeenImageRequest {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: JsonObject;
  readonly files: readonly {
    readonly field: string;
    readonly name: string;
    readonly type: string;
    readonly size: number;
  }[];
}

interface Planned {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: unknown;
  /** Written as it is. */
  readonly text?: string;
}

export interface FakeOpenAiImages {
  /** With `/v1`. */
  readonly url: string;
  readonly seen: SeenImageRequest[];
  /** Answers given instead of the usual ones, in order. */
  script(...answers: readonly Planned[]): void;
  reset(): void;
  close(): Promise<void>;
}

export const IMAGE_KEY = 'sk-image-upstream';
export const IMAGE_USAGE = {
  input_tokens: 12,
  input_tokens_details: { text_tokens: 12, image_tokens: 0 },
  output_tokens: 272,
  total_tokens: 284,
};

/** What the API knows, and no more (openai/resources/images.d.ts). */
const COMMON = ['model', 'prompt', 'n', 'size', 'quality', 'background', 'output_format', 'output_compression'];
const FIELDS: Readonly<Record<string, readonly string[]>> = {
  '/v1/images/generations': [...COMMON, 'moderation', 'style', 'response_format', 'user', 'stream', 'partial_images'],
  '/v1/images/edits': [
    ...COMMON,
    ...['image', 'images', 'mask', 'input_fidelity', 'response_format', 'user', 'stream', 'partial_images'],
  ],
};
const CHOICES: Readonly<Record<string, readonly string[]>> = {
  background: ['transparent', 'opaque', 'auto'],
  output_format: ['png', 'jpeg', 'webp'],
  quality: ['low', 'medium', 'high', 'auto', 'standard', 'hd'],
  moderation: ['low', 'auto'],
};

const error = (status: number, message: string, param: string | null = null, code: string | null = null): Planned => ({
  status,
  body: { error: { message, type: 'invalid_request_error', param, code } },
});

/** OpenAI's Images API, strict about members, forms and names. */
export async function startFakeOpenAiImages(models: readonly string[]): Promise<FakeOpenAiImages> {
  const seen: SeenImageRequest[] = [];
  const scripted: Planned[] = [];
  const server = createServer((incoming, response) => {
    read(incoming).then(
      (request) => {
        seen.push(request);
        const planned = scripted.shift() ?? refusalOf(request, models);
        if (planned !== undefined) return send(response, planned);
        return answer(request, response);
      },
      (cause: unknown) => send(response, error(400, `could not read the form: ${String(cause)}`)),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    seen,
    script: (...answers) => void scripted.push(...answers),
    reset() {
      seen.length = 0;
      scripted.length = 0;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function read(request: IncomingMessage): Promise<SeenImageRequest> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const bytes = Buffer.concat(chunks);
  const { url: path = '/', headers } = request;
  const type = headers['content-type'] ?? '';
  if (!type.startsWith('multipart/form-data')) {
    const body = parseJson(bytes.toString('utf8'));
    return { path, headers, body: isObject(body) ? body : {}, files: [] };
  }
  const form = await new Response(bytes, { headers: { 'content-type': type } }).formData();
  const body: Record<string, JsonValue> = {};
  const files: SeenImageRequest['files'][number][] = [];
  for (const [field, value] of form) {
    if (typeof value === 'string') body[field] = /^\d+$/.test(value) ? Number(value) : value === 'true' ? true : value;
    else files.push({ field, name: value.name, type: value.type, size: value.size });
  }
  return { path, headers, body, files };
}

function refusalOf({ path, headers, body, files }: SeenImageRequest, models: readonly string[]): Planned | undefined {
  const fields = FIELDS[path];
  if (fields === undefined) return error(404, `Invalid URL (POST ${path})`);
  if (headers.authorization !== `Bearer ${IMAGE_KEY}`) {
    return error(401, 'Incorrect API key provided.', null, 'invalid_api_key');
  }
  const { model, prompt, n } = body;
  if (typeof model !== 'string') return error(400, 'you must provide a model parameter');
  if (!models.includes(model)) return error(404, `The model '${model}' does not exist`, null, 'model_not_found');
  const unknown = Object.keys(body).find((name) => !fields.includes(name));
  if (unknown !== undefined) return error(400, `Unknown parameter: '${unknown}'.`, unknown, 'unknown_parameter');
  if (model.startsWith('gpt-image-') && body['response_format'] !== undefined) {
    return error(400, "Unknown parameter: 'response_format'.", 'response_format', 'unknown_parameter');
  }
  if (typeof prompt !== 'string') return error(400, "Missing required parameter: 'prompt'.", 'prompt');
  if (n !== undefined && (typeof n !== 'number' || n < 1 || n > 10)) return error(400, "Invalid 'n'.", 'n');
  for (const [name, choices] of Object.entries(CHOICES)) {
    const value = body[name];
    if (value !== undefined && !choices.includes(String(value))) {
      return error(400, `Invalid value: '${String(value)}'.`, name, 'invalid_value');
    }
  }
  if (body['partial_images'] !== undefined && body['stream'] !== true) {
    return error(400, 'partial_images needs stream', 'partial_images');
  }
  if (!path.endsWith('/edits')) return undefined;
  const stray = files.find(({ field }) => !['image', 'image[]', 'mask'].includes(field));
  if (stray !== undefined) return error(400, `Unexpected file ${stray.field}`, stray.field);
  const hasImage = files.some(({ field }) => field.startsWith('image')) || Array.isArray(body['images']);
  if (!hasImage) return error(400, "Missing required parameter: 'image'.", 'image', 'missing_required_parameter');
  const odd = files.find(({ type }) => !['image/png', 'image/jpeg', 'image/webp'].includes(type));
  return odd === undefined ? undefined : error(400, `unsupported mimetype ('${odd.type}')`, odd.field);
}

function send(response: ServerResponse, { status, headers = {}, body, text }: Planned): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(text ?? JSON.stringify(body));
}

const CREATED = 1_750_000_000;

function answer({ path, body }: SeenImageRequest, response: ServerResponse): void {
  const { n, size, quality, background, output_format: format, stream, partial_images: partials } = body;
  const settings = {
    background: background ?? 'opaque',
    output_format: format ?? 'png',
    quality: quality ?? 'high',
    size: size ?? '1024x1024',
  };
  if (stream !== true) {
    const isUrl = body['response_format'] === 'url';
    const picture = isUrl ? { url: 'https://images.example.com/1.png' } : { b64_json: PNG };
    const data = Array.from({ length: typeof n === 'number' ? n : 1 }, () => picture);
    return send(response, { status: 200, body: { created: CREATED, ...settings, data, usage: IMAGE_USAGE } });
  }
  const kind = path.endsWith('/edits') ? 'image_edit' : 'image_generation';
  response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8' });
  const event = (step: string, more: JsonObject): string => {
    const type = `${kind}.${step}`;
    const members = { type, b64_json: PNG, created_at: CREATED, ...settings, ...more };
    return `event: ${type}\ndata: ${JSON.stringify(members)}\n\n`;
  };
  const drafts = Array.from({ length: Number(partials ?? 0) }, (_each, index) =>
    event('partial_image', { partial_image_index: index }),
  );
  response.end([...drafts, event('completed', { usage: IMAGE_USAGE })].join(''));
}
