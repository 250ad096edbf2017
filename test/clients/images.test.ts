import OpenAI from 'openai';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { PNG, PNG_BYTES, PNG_URL, pngFile } from '../support/images.js';
import { account, startVendorGateway, type VendorGateway } from '../support/vendor-gateway.js';
import { codexFile, type FakeCodex, startFakeCodex } from '../support/vendors/codex.js';
import { type FakeGeminiImages, GEMINI_KEY, startFakeGeminiImages } from '../support/vendors/gemini-images.js';
import {
  type FakeOpenAiImages,
  IMAGE_KEY,
  IMAGE_USAGE,
  startFakeOpenAiImages,
} from '../support/vendors/openai-images.js';

const FLASH = 'gemini-3.1-flash-image-preview';

let openai: FakeOpenAiImages;
let gemini: FakeGeminiImages;
let codex: FakeCodex;
let gateway: VendorGateway;
let client: OpenAI;

const config = (more = ''): string => `
max-body-mb: 2
request-retry: 0
disable-cooling: true
oauth-endpoints: { codex: { api: '${codex.origin}/backend-api' } }
codex-api-key:
  - api-key: ${IMAGE_KEY}
    base-url: ${openai.url}
    models: [{ name: gpt-image-1.5, alias: openai-image }, { name: dall-e-2 }, { name: gpt-5.5, alias: talks }]
openai-compatibility:
  - name: acme
    base-url: ${openai.url}
    api-key-entries: [{ api-key: ${IMAGE_KEY} }]
    models: [{ name: acme-draw-2, alias: acme-draw, image: true }, { name: acme-talk }]
gemini-api-key:
  - api-key: ${GEMINI_KEY}
    base-url: ${gemini.origin}
    models: [{ name: ${FLASH} }, { name: gemini-2.5-flash-image }, { name: gemini-3-pro-image-preview }, { name: gemini-2.5-flash }]
vertex-api-key:
  - api-key: ${GEMINI_KEY}
    base-url: ${gemini.origin}
    models: [{ name: gemini-3-pro-image-preview, alias: vertex-image }]
${more}`;

beforeAll(async () => {
  openai = await startFakeOpenAiImages(['gpt-image-1.5', 'dall-e-2', 'acme-draw-2']);
  gemini = await startFakeGeminiImages([FLASH, 'gemini-2.5-flash-image', 'gemini-3-pro-image-preview']);
  codex = await startFakeCodex(['gpt-5.5']);
  gateway = await startVendorGateway(config(), [account('codex-ann.json', codexFile())]);
  client = new OpenAI({ baseURL: `${gateway.url}/v1`, apiKey: gateway.key, maxRetries: 0 });
});
afterAll(async () => {
  await gateway.close();
  await Promise.all([openai.close(), gemini.close(), codex.close()]);
});
afterEach(() => {
  openai.reset();
  gemini.reset();
  codex.reset();
  codex.images = undefined;
  gateway.plane.resetCredentials(undefined);
});

const refusalOf = (pending: Promise<unknown>): Promise<unknown> => pending.catch((reason: unknown) => reason);

const field = (name: string, value: string): string =>
  `--b\r\ncontent-disposition: form-data; name="${name}"\r\n\r\n${value}\r\n--b--\r\n`;

/** Every way a picture can be drawn. */
const WAYS = [
  { name: 'an OpenAI key', model: 'openai-image' },
  { name: 'an OpenAI-compatible upstream', model: 'acme-draw' },
  { name: 'the Gemini API', model: FLASH },
  { name: 'Vertex AI', model: 'vertex-image' },
  { name: 'a ChatGPT account, directly', model: 'gpt-image-2' },
  { name: 'a ChatGPT account, with the hosted tool', model: 'gpt-image-1-mini' },
] as const;

describe.each(WAYS)('$name', ({ model }) => {
  test('draws', async () => {
    const { data, usage, created } = await client.images.generate({ model, prompt: 'a red square' });
    expect(data?.map(({ b64_json }) => b64_json)).toEqual([PNG]);
    expect(usage?.output_tokens).toBeGreaterThan(0);
    expect(created).toBeGreaterThan(0);
  });

  test('draws several', async () => {
    const { data } = await client.images.generate({ model, prompt: 'a red square', n: 3 });
    expect(data?.map(({ b64_json }) => b64_json)).toEqual([PNG, PNG, PNG]);
  });

  test('changes a picture that comes in a form', async () => {
    const { data } = await client.images.edit({ model, prompt: 'make it red', image: [pngFile(), pngFile('b.png')] });
    expect(data?.[0]?.b64_json).toBe(PNG);
  });

  test('changes a picture that comes as JSON', async () => {
    const body = { model, prompt: 'make it red', images: [{ image_url: PNG_URL }] };
    const { data } = await client.post<{ data: { b64_json: string }[] }>('/images/edits', { body });
    expect(data[0]?.b64_json).toBe(PNG);
  });

  test('streams: the finished picture comes last, with the usage', async () => {
    const stream = await client.images.generate({ model, prompt: 'a red square', stream: true, partial_images: 1 });
    const types: string[] = [];
    for await (const event of stream) {
      types.push(event.type);
      expect(event.b64_json).toBe(PNG);
      if (event.type === 'image_generation.completed') expect(event.usage.output_tokens).toBeGreaterThan(0);
    }
    expect(types.at(-1)).toBe('image_generation.completed');
    expect(types.filter((type) => type === 'image_generation.completed')).toHaveLength(1);
  });

  test('streams an edit under its own names', async () => {
    const image = pngFile();
    const stream = await client.images.edit({ model, prompt: 'make it red', image, stream: true });
    const types: string[] = [];
    for await (const event of stream) types.push(event.type);
    expect(types.at(-1)).toBe('image_edit.completed');
  });

  test('gives a link where one was asked for, which anybody may fetch', async () => {
    const { data } = await client.images.generate({ model, prompt: 'a red square', response_format: 'url' });
    const url = data?.[0]?.url ?? '';
    // Whose upstream gives links of its own keeps them.
    if (model === 'acme-draw') return expect(url).toBe('https://images.example.com/1.png');
    expect(url.startsWith(`${gateway.url}/v1/images/files/`)).toBe(true);
    const fetched = await fetch(url);
    expect(fetched.status).toBe(200);
    expect(fetched.headers.get('content-type')).toBe('image/png');
    expect(fetched.headers.get('x-content-type-options')).toBe('nosniff');
    expect(Buffer.from(await fetched.arrayBuffer())).toEqual(PNG_BYTES);
  });
});

describe('what goes upstream', () => {
  test('a body for an OpenAI-compatible upstream is the client’s, but for the model', async () => {
    await client.post('/images/generations', {
      body: { model: 'acme-draw', prompt: 'x', n: 2, size: '64x64', quality: 'low', background: 'opaque', user: 'u' },
    });
    expect(openai.seen.at(-1)?.body).toEqual({
      ...{ model: 'acme-draw-2', prompt: 'x', n: 2, size: '64x64', quality: 'low', background: 'opaque', user: 'u' },
    });
  });

  test('a form stays a form: the same parts, another model and boundary, the right length', async () => {
    const mask = pngFile('mask.png');
    const image = [pngFile('a "b".png'), pngFile('c.png')];
    await client.images.edit({ model: 'acme-draw', prompt: 'make it 1 meter wide', image, mask, n: 2 });
    const { headers, body, files } = openai.seen.at(-1) ?? {};
    expect(headers?.['content-type']).toMatch(/^multipart\/form-data; boundary=----cliproxyctl-form-\d+$/);
    expect(Number(headers?.['content-length'])).toBeGreaterThan(3 * PNG_BYTES.length);
    expect(body).toEqual({ model: 'acme-draw-2', prompt: 'make it 1 meter wide', n: 2 });
    const size = PNG_BYTES.length;
    expect(files).toEqual([
      { field: 'image[]', name: 'a "b".png', type: 'image/png', size },
      { field: 'image[]', name: 'c.png', type: 'image/png', size },
      { field: 'mask', name: 'mask.png', type: 'image/png', size },
    ]);
  });

  test('Gemini gets a ratio for a size, a size for a quality, and the pictures before the words', async () => {
    const asked = { model: FLASH, prompt: 'make it red', size: '1536x1024', quality: 'high' } as const;
    await client.images.edit({ ...asked, image: pngFile() });
    const body = gemini.seen.at(-1)?.body;
    expect(body?.['contents']).toEqual([
      { role: 'user', parts: [{ inlineData: { mimeType: 'image/png', data: PNG } }, { text: 'make it red' }] },
    ]);
    expect(body?.['generationConfig']).toEqual({
      responseModalities: ['IMAGE'],
      imageConfig: { aspectRatio: '3:2', imageSize: '2K' },
    });
  });

  test('what a model has no word for is told to a client that asks', async () => {
    const headers = { 'x-cliproxy-warnings': '1' };
    const asked = { model: FLASH, prompt: 'x', background: 'transparent', output_format: 'webp' } as const;
    const { response } = await client.images.generate(asked, { headers }).withResponse();
    const warnings = JSON.parse(response.headers.get('x-cliproxy-warnings') ?? '[]') as { path: string }[];
    expect(warnings.map(({ path }) => path)).toEqual(['background', 'output_format']);
  });

  test('several pictures of Gemini are as many calls', async () => {
    await client.images.generate({ model: FLASH, prompt: 'x', n: 4 });
    expect(gemini.seen).toHaveLength(4);
  });

  test('Vertex is told the format', async () => {
    const asked = { output_format: 'jpeg', output_compression: 60 } as const;
    await client.images.generate({ model: 'vertex-image', prompt: 'x', ...asked });
    const config = gemini.seen.at(-1)?.body['generationConfig'];
    expect(config).toMatchObject({
      imageConfig: { imageOutputOptions: { mimeType: 'image/jpeg', compressionQuality: 60 } },
    });
  });

  test('the hosted tool is called by the base model and draws with the one that was asked for', async () => {
    const asked = { quality: 'low', size: '1024x1536', background: 'opaque' } as const;
    await client.images.edit({ model: 'gpt-image-1', prompt: 'x', image: pngFile(), mask: pngFile(), ...asked });
    const { path, body } = codex.seen.at(-1) ?? {};
    expect(path).toBe('/backend-api/codex/responses');
    expect(body?.['model']).toBe('gpt-5.4-mini');
    expect(body?.['tools']).toEqual([
      {
        type: 'image_generation',
        action: 'edit',
        model: 'gpt-image-1',
        ...asked,
        input_image_mask: { image_url: PNG_URL },
      },
    ]);
  });

  test('the base model is the configured one', async () => {
    gateway.configure(config('gpt-image-2-base-model: gpt-5.5'));
    await client.images.generate({ model: 'gpt-image-1', prompt: 'x' });
    gateway.configure(config());
    expect(codex.seen.at(-1)?.body['model']).toBe('gpt-5.5');
  });

  test('an account without the direct endpoint draws with the tool, and is not asked there again', async () => {
    codex.images = { status: 404, body: { detail: 'Not Found' } };
    for (const _round of [1, 2]) {
      const { data } = await client.images.generate({ model: 'gpt-image-1.5', prompt: 'x' });
      expect(data?.[0]).toEqual({ b64_json: PNG, revised_prompt: 'A redder square' });
    }
    const paths = codex.seen.map(({ path }) => path.replace('/backend-api/codex', ''));
    expect(paths).toEqual(['/images/generations', '/responses', '/responses']);
    gateway.configure(config('gpt-image-2-base-model: gpt-5.5'));
    gateway.configure(config());
  });

  test('a member that the account’s endpoint turns out not to know is left out, then and later', async () => {
    codex.script({ status: 400, body: { detail: 'Unsupported parameter: moderation' } });
    for (const _round of [1, 2]) await client.images.generate({ model: 'gpt-image-2', prompt: 'x', moderation: 'low' });
    expect(codex.seen.map(({ body }) => body['moderation'])).toEqual(['low', undefined, undefined]);
  });

  test('a client that names no model gets the usual one', async () => {
    await client.images.generate({ prompt: 'x' });
    expect(codex.seen.at(-1)?.body['model']).toBe('gpt-image-2');
  });
});

describe('drafts', () => {
  test.each([0, 1])('Gemini’s thoughts are shown as far as %i of them were asked for', async (wanted) => {
    const asked = { model: FLASH, prompt: 'x', stream: true, partial_images: wanted } as const;
    const types: string[] = [];
    for await (const { type } of await client.images.generate(asked)) types.push(type);
    expect(types.filter((type) => type === 'image_generation.partial_image')).toHaveLength(wanted);
  });

  test('the hosted tool’s drafts come one by one', async () => {
    const asked = { model: 'gpt-image-1', prompt: 'x', stream: true, partial_images: 2 } as const;
    const indexes: number[] = [];
    for await (const event of await client.images.generate(asked)) {
      if (event.type === 'image_generation.partial_image') indexes.push(event.partial_image_index);
    }
    expect(indexes).toEqual([0, 1]);
  });

  test('a stream of several pictures has one finished event for each', async () => {
    const asked = { model: FLASH, prompt: 'x', stream: true, n: 3 } as const;
    const types: string[] = [];
    for await (const { type } of await client.images.generate(asked)) types.push(type);
    expect(types).toEqual(Array.from({ length: 3 }, () => 'image_generation.completed'));
  });
});

describe('when something goes wrong', () => {
  const LIMIT = { status: 429, body: { error: { code: 429, message: 'slow down', status: 'RESOURCE_EXHAUSTED' } } };

  test('pictures that came are given, as long as one came', async () => {
    gemini.script(LIMIT);
    const { data } = await client.images.generate({ model: FLASH, prompt: 'x', n: 3 });
    expect(data).toHaveLength(2);
  });

  test('without any the first failure is told', async () => {
    gemini.script(LIMIT, LIMIT);
    const error = await refusalOf(client.images.generate({ model: FLASH, prompt: 'x', n: 2 }));
    expect(error).toBeInstanceOf(OpenAI.RateLimitError);
  });

  test('a model that says no is 502 with its reason, and the credential is not blamed', async () => {
    gemini.parts = [{ text: 'I cannot draw that.' }];
    gemini.finishReason = 'IMAGE_SAFETY';
    for (const stream of [false, true]) {
      const error = await refusalOf(client.images.generate({ model: FLASH, prompt: 'x', stream }));
      expect(error).toMatchObject({ status: 502, code: 'image_blocked' });
      expect(String(error)).toContain('upstream did not return image output (IMAGE_SAFETY)');
    }
    gemini.reset();
    await client.images.generate({ model: FLASH, prompt: 'x' });
  });

  test('the fallback model draws when the first is used up', async () => {
    gateway.configure(config(`quota-exceeded: { fallback-models: { ${FLASH}: gemini-2.5-flash-image } }`));
    gemini.script(LIMIT);
    const { data } = await client.images.generate({ model: FLASH, prompt: 'x' });
    gateway.configure(config());
    expect(data).toHaveLength(1);
    expect(gemini.seen.map(({ path }) => path.includes('2.5'))).toEqual([false, true]);
  });

  test('a form goes to the next key whole after a refusal of the first', async () => {
    const keys = `[{ api-key: ${IMAGE_KEY} }, { api-key: ${IMAGE_KEY}, proxy-url: direct }]`;
    gateway.configure(config().replace(`api-key-entries: [{ api-key: ${IMAGE_KEY} }]`, `api-key-entries: ${keys}`));
    openai.script({ status: 429, body: { error: { message: 'slow down', type: 'rate_limit_error', code: null } } });
    const asked = { model: 'acme-draw', prompt: 'x', image: pngFile(), stream: true } as const;
    const types: string[] = [];
    for await (const { type } of await client.images.edit(asked)) types.push(type);
    gateway.configure(config());
    expect(types).toEqual(['image_edit.completed']);
    const [first, second] = openai.seen;
    expect(openai.seen).toHaveLength(2);
    expect(second?.files).toEqual(first?.files);
    expect(second?.body).toEqual({ model: 'acme-draw-2', prompt: 'x', stream: true });
  });

  test('an upstream’s own refusal arrives as it was', async () => {
    const body = {
      error: { message: 'no', type: 'image_generation_user_error', param: null, code: 'moderation_blocked' },
    };
    openai.script({ status: 400, body });
    const error = await refusalOf(client.images.generate({ model: 'openai-image', prompt: 'x' }));
    expect(error).toMatchObject({ status: 400, code: 'moderation_blocked', type: 'image_generation_user_error' });
  });

  test('a relayed stream that breaks off is an error, not an end', async () => {
    openai.script({ status: 200, headers: { 'content-type': 'text/event-stream' }, body: null, text: ': hello\n\n' });
    const stream = client.images.generate({ model: 'openai-image', prompt: 'x', stream: true });
    const error = await refusalOf(stream);
    expect(error).toMatchObject({ status: 502 });
  });

  test('a client that streams is served by an upstream that does not', async () => {
    openai.script({ status: 200, body: { created: 1, data: [{ b64_json: PNG }], usage: IMAGE_USAGE } });
    const types: string[] = [];
    const stream = await client.images.generate({ model: 'acme-draw', prompt: 'x', stream: true });
    for await (const { type } of stream) types.push(type);
    expect(types).toEqual(['image_generation.completed']);
  });
});

describe('refused', () => {
  test.each([
    ['a chat model', { model: 'gemini-2.5-flash' }],
    ['a compatible model that is not marked', { model: 'acme-talk' }],
    ['a chat model of an OpenAI key', { model: 'talks' }],
    ['a chat model of a ChatGPT account', { model: 'gpt-5.5' }],
  ])('%s: 400 naming the model', async (_name, more) => {
    const error = await refusalOf(client.images.generate({ prompt: 'x', ...more }));
    expect(error).toMatchObject({ status: 400, param: 'model', code: 'model_not_supported' });
  });

  test('a model that nobody has: 404', async () => {
    const error = await refusalOf(client.images.generate({ prompt: 'x', model: 'nobody-draws' }));
    expect(error).toMatchObject({ status: 404, code: 'model_not_found' });
  });

  test('an image model on a chat route: 400 that leads to the right one', async () => {
    const error = await refusalOf(
      client.chat.completions.create({ model: 'gpt-image-2', messages: [{ role: 'user', content: 'x' }] }),
    );
    expect(error).toMatchObject({ status: 400, param: 'model', code: 'image_model' });
    expect(String(error)).toContain('/v1/images/generations');
  });

  test('a mask where the model takes none', async () => {
    const asked = { model: FLASH, prompt: 'x', image: pngFile(), mask: pngFile() };
    const error = await refusalOf(client.images.edit(asked));
    expect(error).toMatchObject({ status: 400, param: 'mask', code: 'mask_not_supported' });
    expect(gemini.seen).toEqual([]);
  });

  test('a link into the own network, which Gemini would have us fetch', async () => {
    const body = { model: FLASH, prompt: 'x', images: [{ image_url: 'http://127.0.0.1:9/cat.png' }] };
    const error = await refusalOf(client.post('/images/edits', { body }));
    expect(error).toMatchObject({ status: 400, code: 'media_link_failed' });
    expect(gemini.seen).toEqual([]);
  });

  test.each([
    ['no form and no JSON', 'text/plain', 'hello', 'invalid_json'],
    ['a form without a boundary', 'multipart/form-data', 'hello', 'invalid_form'],
    ['a form that is cut', 'multipart/form-data; boundary=b', '--b\r\ncontent-disp', 'invalid_form'],
    ['a form without a picture', 'multipart/form-data; boundary=b', field('prompt', 'x'), 'missing_required_parameter'],
    ['a JSON list', 'application/json', '[]', 'invalid_json'],
  ])('%s: 400 in OpenAI’s own shape', async (_name, type, body, code) => {
    const reply = await fetch(`${gateway.url}/v1/images/edits`, {
      method: 'POST',
      headers: { authorization: `Bearer ${gateway.key}`, 'content-type': type },
      body,
    });
    expect(reply.status).toBe(400);
    expect(await reply.json()).toMatchObject({ error: { type: 'invalid_request_error', code } });
  });

  test('a form larger than a body may be: 413', async () => {
    const image = new File([Buffer.alloc(3 * 1024 * 1024)], 'big.png', { type: 'image/png' });
    const error = await refusalOf(client.images.edit({ model: 'acme-draw', prompt: 'x', image }));
    expect(error).toMatchObject({ status: 413, code: 'request_too_large' });
  });

  test('everything, where images are switched off: 404 without a body; chat switches nothing off', async () => {
    const headers = { authorization: `Bearer ${gateway.key}` };
    const draw = (path: string): Promise<Response> =>
      fetch(`${gateway.url}/v1/images/${path}`, { method: 'POST', headers, body: '{"prompt":"x"}' });
    gateway.configure(config('disable-image-generation: true'));
    for (const path of ['generations', 'edits']) {
      const reply = await draw(path);
      expect([reply.status, await reply.text()]).toEqual([404, '']);
    }
    gateway.configure(config('disable-image-generation: chat'));
    expect((await draw('generations')).status).toBe(200);
    gateway.configure(config());
  });

  test('whoever has no key', async () => {
    const reply = await fetch(`${gateway.url}/v1/images/generations`, { method: 'POST', body: '{"prompt":"x"}' });
    expect(reply.status).toBe(401);
  });

  test.each(['mfx0a1b2c-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA.png', '..%2f..%2frouting.json', 'x'])(
    'a link that never was: %s',
    async (name) => {
      const reply = await fetch(`${gateway.url}/v1/images/files/${name}`);
      expect(reply.status).toBe(404);
      expect(await reply.json()).toMatchObject({ error: { code: 'image_not_found' } });
    },
  );
});

describe('Imagen, which Google has shut down', () => {
  test.each([
    ['imagen-4.0-fast-generate-001', 'gemini-3.1-flash-image', FLASH],
    ['imagen-4.0-generate-001', 'gemini-3.1-flash-image', FLASH],
    ['imagen-3.0-generate-002', 'gemini-3.1-flash-image', FLASH],
    ['imagen-4.0-ultra-generate-001', 'gemini-3-pro-image', 'gemini-3-pro-image-preview'],
  ])('%s is drawn by %s, and the answer says so', async (model, redirect, upstream) => {
    const { data, response } = await client.images.generate({ model, prompt: 'x' }).withResponse();
    expect(data.data).toHaveLength(1);
    expect(response.headers.get('x-model-redirect')).toBe(redirect);
    expect(gemini.seen.at(-1)?.path).toBe(`/v1beta/models/${upstream}:generateContent`);
  });
});

test('an account of the free plan draws nothing', async () => {
  const free = await startVendorGateway(config(), [account('codex-free.json', codexFile('free'))]);
  const other = new OpenAI({ baseURL: `${free.url}/v1`, apiKey: free.key, maxRetries: 0 });
  const error = await refusalOf(other.images.generate({ model: 'gpt-image-2', prompt: 'x' }));
  const ids = (await other.models.list()).data.map(({ id }) => id);
  await free.close();
  expect(error).toMatchObject({ status: 404, code: 'model_not_found' });
  expect(ids).not.toContain('gpt-image-2');
});
