import Anthropic from '@anthropic-ai/sdk';
import OpenAI from 'openai';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { JsonObject } from '../../src/daemon/ir/json.js';
import { PNG, PNG_URL } from '../support/images.js';
import { account, startVendorGateway, type VendorGateway } from '../support/vendor-gateway.js';
import { codexFile, type FakeCodex, startFakeCodex } from '../support/vendors/codex.js';
import { type FakeGeminiImages, GEMINI_KEY, startFakeGeminiImages } from '../support/vendors/gemini-images.js';

/** A model of Google's that draws while it talks. */
const DRAWS = 'gemini-3-pro-image-preview';

let gemini: FakeGeminiImages;
let codex: FakeCodex;
let gateway: VendorGateway;
let openai: OpenAI;
let anthropic: Anthropic;

const config = (more = ''): string => `
request-retry: 0
disable-cooling: true
oauth-endpoints: { codex: { api: '${codex.origin}/backend-api' } }
gemini-api-key:
  - { api-key: ${GEMINI_KEY}, base-url: ${gemini.origin}, models: [{ name: ${DRAWS} }] }
${more}
`;

beforeAll(async () => {
  gemini = await startFakeGeminiImages([DRAWS]);
  codex = await startFakeCodex(['gpt-5.5']);
  gateway = await startVendorGateway(config(), [account('codex-ann.json', codexFile())]);
  openai = new OpenAI({ baseURL: `${gateway.url}/v1`, apiKey: gateway.key, maxRetries: 0 });
  anthropic = new Anthropic({ baseURL: gateway.url, apiKey: gateway.key, maxRetries: 0 });
});
afterAll(async () => {
  await gateway.close();
  await Promise.all([gemini.close(), codex.close()]);
});
afterEach(() => {
  gemini.reset();
  codex.reset();
});

const MARKDOWN = `![image](${PNG_URL})`;
const IMAGES = [{ type: 'image_url', image_url: { url: PNG_URL }, index: 0 }];
const ASKED = { model: DRAWS, messages: [{ role: 'user' as const, content: 'draw a red square' }] };

describe('a picture that a chat model draws', () => {
  test('stands beside the text for a Chat client', async () => {
    const { choices } = await openai.chat.completions.create(ASKED);
    expect(choices[0]?.message).toMatchObject({ content: 'A red square', images: IMAGES });
  });

  test('streams to a Chat client', async () => {
    const images: unknown[] = [];
    for await (const { choices } of await openai.chat.completions.create({ ...ASKED, stream: true })) {
      const delta = choices[0]?.delta ?? {};
      if ('images' in delta) images.push(delta.images);
    }
    expect(images).toEqual([IMAGES]);
  });

  test('is an item of its own for a Responses client, streamed or not', async () => {
    const asked = { model: DRAWS, input: 'draw a red square' };
    const item = { type: 'image_generation_call', status: 'completed', result: PNG };
    const { output } = await openai.responses.create(asked);
    expect(output.find(({ type }) => type === 'image_generation_call')).toMatchObject(item);
    const types: string[] = [];
    for await (const event of await openai.responses.create({ ...asked, stream: true })) {
      types.push(event.type);
      if (event.type === 'response.completed') expect(event.response.output).toMatchObject([{}, item]);
    }
    expect(types).toContain('response.image_generation_call.completed');
  });

  test('is Markdown for an Anthropic client, streamed or not', async () => {
    const asked = { ...ASKED, max_tokens: 1000 };
    const texts = ({ content }: Anthropic.Message): string[] =>
      content.flatMap((block) => (block.type === 'text' ? [block.text] : []));
    expect(texts(await anthropic.messages.create(asked))).toEqual(['A red square', MARKDOWN]);
    expect(texts(await anthropic.messages.stream(asked).finalMessage())).toEqual(['A red square', MARKDOWN]);
  });

  test('reaches a Gemini client as it was drawn, signature and all', async () => {
    const reply = await fetch(`${gateway.url}/v1beta/models/${DRAWS}:generateContent`, {
      method: 'POST',
      headers: { 'x-goog-api-key': gateway.key, 'content-type': 'application/json' },
      body: JSON.stringify({ contents: [{ role: 'user', parts: [{ text: 'draw' }] }] }),
    });
    const { candidates } = (await reply.json()) as { candidates: { content: { parts: JsonObject[] } }[] };
    expect(candidates[0]?.content.parts.at(-1)).toEqual({
      inlineData: { mimeType: 'image/png', data: PNG },
      thoughtSignature: 'c2lnbmF0dXJl',
    });
  });

  test('is asked for with OpenRouter’s members', async () => {
    const more = { modalities: ['image', 'text'], image_config: { aspect_ratio: '16:9', image_size: '2K' } };
    await openai.chat.completions.create({ ...ASKED, ...more } as typeof ASKED);
    expect(gemini.seen.at(-1)?.body['generationConfig']).toEqual({
      responseModalities: ['IMAGE', 'TEXT'],
      imageConfig: { aspectRatio: '16:9', imageSize: '2K' },
    });
  });
});

describe('a picture in the history goes back as a picture, with the signature or its stand-in', () => {
  const drawn = { inlineData: { mimeType: 'image/png', data: PNG } };
  const sent = (): unknown => {
    const contents = gemini.seen.at(-1)?.body['contents'] as { role: string; parts: JsonObject[] }[];
    return contents.find(({ role }) => role === 'model')?.parts.find((part) => part['inlineData'] !== undefined);
  };

  test('from a Chat client', async () => {
    const { choices } = await openai.chat.completions.create(ASKED);
    const answer = choices[0]?.message ?? { role: 'assistant', content: '' };
    await openai.chat.completions.create({
      ...ASKED,
      messages: [...ASKED.messages, answer, { role: 'user', content: 'bluer' }],
    });
    expect(sent()).toMatchObject({ ...drawn, thoughtSignature: expect.any(String) });
  });

  test('from a Responses client', async () => {
    const { output } = await openai.responses.create({ model: DRAWS, input: 'draw' });
    const input = [...output, { role: 'user' as const, content: 'bluer' }] as OpenAI.Responses.ResponseInput;
    await openai.responses.create({ model: DRAWS, input });
    expect(sent()).toMatchObject({ ...drawn, thoughtSignature: expect.any(String) });
  });

  test('from an Anthropic client, whose history has it as text', async () => {
    const { content } = await anthropic.messages.create({ ...ASKED, max_tokens: 1000 });
    const messages = [
      ...ASKED.messages,
      { role: 'assistant' as const, content: content as Anthropic.ContentBlockParam[] },
      { role: 'user' as const, content: 'bluer' },
    ];
    await anthropic.messages.create({ model: DRAWS, max_tokens: 1000, messages });
    expect(sent()).toMatchObject({ ...drawn, thoughtSignature: expect.any(String) });
  });
});

describe('a picture of OpenAI’s hosted tool', () => {
  const tools = [{ type: 'image_generation' as const }];

  test('is passed on to a Responses client', async () => {
    const { output } = await openai.responses.create({
      model: 'gpt-5.5',
      input: 'draw',
      tools,
      tool_choice: { type: 'image_generation' },
    });
    expect(output).toMatchObject([{ type: 'image_generation_call', result: PNG, revised_prompt: 'A redder square' }]);
  });

  test.each([
    ['chat', []],
    ['passthrough', tools],
  ])('is asked for with images %s only as far as the setting lets it', async (setting, sent) => {
    gateway.configure(config(`disable-image-generation: ${setting}`));
    await openai.responses.create({ model: 'gpt-5.5', input: 'draw', tools });
    gateway.configure(config());
    expect(codex.seen).toHaveLength(1);
    expect(codex.seen[0]?.body['tools'] ?? []).toEqual(sent);
  });
});
