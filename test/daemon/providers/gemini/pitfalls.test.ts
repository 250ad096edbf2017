import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../../../src/daemon/ir/json.js';
import { geminiAccount } from '../../../../src/daemon/providers/gemini/account.js';
import { gemini } from '../../../../src/daemon/providers/gemini/provider.js';
import { accountContext, sendThrough } from '../../../support/accounts.js';
import { decodeStream } from '../../../support/gemini-generate.js';
import { type Ask, endpointOf, send } from '../../../support/provider.js';
import { C, G, suffixed, up } from '../../../support/translation-cases.js';

const SECRET = { apiKey: 'AIza-1', baseUrl: '' };
const sent = (body: JsonObject, ask: Ask = {}, secret: JsonObject = {}): JsonObject =>
  send(gemini, { ...SECRET, ...secret }, { model: { id: 'm-1' }, ...ask, body }).body;
const says = (...parts: readonly JsonObject[]): JsonObject => ({ role: 'user', parts: [...parts] });
const text = (value: string): JsonObject => ({ text: value });

describe('what only Vertex takes is left out', () => {
  const image = { aspectRatio: '1:1', imageSize: '1K' };
  const file = { mimeType: 'image/png', fileUri: 'https://g.example/v1beta/files/a' };
  const data = { mimeType: 'image/png', data: 'QQ==' };
  test.each<{ name: string; body: JsonObject; left: JsonObject }>([
    { name: 'labels', body: { labels: { team: 'a' } }, left: {} },
    {
      name: 'time stamps of audio',
      body: { generationConfig: { audioTimestamp: true, topP: 1 } },
      left: { generationConfig: { topP: 1 } },
    },
    {
      name: 'time stamps of audio, in the other spelling',
      body: { generation_config: { audio_timestamp: true, top_p: 1 } },
      left: { generation_config: { top_p: 1 } },
    },
    {
      name: 'options of pictures',
      body: {
        generationConfig: {
          imageConfig: { ...image, personGeneration: 'ALLOW_ALL', prominentPeople: 'X', imageOutputOptions: {} },
        },
      },
      left: { generationConfig: { imageConfig: image } },
    },
    {
      name: 'the way filters count',
      body: { safetySettings: [{ category: 'C', threshold: 'OFF', method: 'SEVERITY' }] },
      left: { safetySettings: [{ category: 'C', threshold: 'OFF' }] },
    },
    {
      name: 'names of files and data',
      body: {
        contents: [
          says({ inlineData: { ...data, displayName: 'a.png' } }, text('what?')),
          says({ file_data: { ...file, display_name: 'b.png' } }),
        ],
      },
      left: { contents: [says({ inlineData: data }, text('what?')), says({ file_data: file })] },
    },
  ])('$name', ({ body, left }) => {
    expect(sent(body)).toEqual(left);
  });

  test('but no tool, without which the answer would be another one', () => {
    const body = { tools: [{ enterpriseWebSearch: {} }, { retrieval: {} }] };
    expect(sent(body)).toEqual(body);
  });

  test('and an argument or result of that name stays', () => {
    const contents = [
      { role: 'model', parts: [{ functionCall: { name: 'f', args: { displayName: 'x', labels: 1 } } }] },
      says({ functionResponse: { name: 'f', response: { displayName: 'x' } } }),
    ];
    expect(sent({ contents })).toEqual({ contents });
  });

  test('a body without any of it keeps its bytes', () => {
    const body = { contents: [says(text('hi'))], generationConfig: { temperature: 1 } };
    expect(send(gemini, SECRET, { body }).text).toBe(JSON.stringify(body));
  });
});

describe('Gemma has no system instruction', () => {
  const ask: Ask = { model: { id: 'gemma-3-27b-it', traits: new Set(['no-system-instruction']) } };
  const systemInstruction = { parts: [text('Be brief.'), text(''), text('In French.')] };
  const SAID = 'Be brief.\nIn French.';
  const model = { role: 'model', parts: [text('Hello')] };
  const picture = { inlineData: { mimeType: 'image/png', data: 'QQ==' } };
  test.each<{ name: string; body: JsonObject; contents: readonly JsonObject[] }>([
    {
      name: 'before the first words of the user',
      body: { systemInstruction, contents: [says(text('hi'), picture), model] },
      contents: [says(text(`${SAID}\n\nhi`), picture), model],
    },
    {
      name: 'before a picture that comes first',
      body: { systemInstruction, contents: [says(picture, text('what?'))] },
      contents: [says(text(SAID), picture, text('what?'))],
    },
    {
      name: 'to the user, not to the model that begins',
      body: { systemInstruction, contents: [model, says(text('hi'))] },
      contents: [model, says(text(`${SAID}\n\nhi`))],
    },
    {
      name: 'in a turn of its own where the user says nothing',
      body: { system_instruction: { parts: text('S') }, contents: [model] },
      contents: [says(text('S')), model],
    },
    {
      name: 'in a turn without a role, which is the user’s',
      body: { systemInstruction: 'S', contents: [{ parts: [text('hi')] }] },
      contents: [{ parts: [text('S\n\nhi')] }],
    },
    {
      name: 'nowhere where it is empty',
      body: { systemInstruction: { parts: [text('')] }, contents: [says(text('hi'))] },
      contents: [says(text('hi'))],
    },
  ])('so its text goes $name', ({ body, contents }) => {
    expect(sent(body, ask)).toEqual({ contents });
  });

  test('whoever asks, and it does not think', () => {
    const messages = [
      { role: 'system', content: 'Be brief.' },
      { role: 'user', content: 'hi' },
    ];
    expect(suffixed('gemma-3-27b-it(high)', C, G, { messages })).toEqual({ contents: [says(text('Be brief.\n\nhi'))] });
  });

  test('and others keep it', () => {
    expect(sent({ systemInstruction, contents: [] })).toEqual({ systemInstruction, contents: [] });
  });
});

describe('counting takes the contents, or a whole request', () => {
  const contents = [says(text('hi'))];
  const prompt = { systemInstruction: { parts: [text('S')] }, tools: [{ googleSearch: {} }], cachedContent: 'c/1' };
  const model = 'models/m-1';
  test.each<{ name: string; body: JsonObject; counted: JsonObject }>([
    { name: 'contents stay', body: { contents }, counted: { contents } },
    {
      name: 'settings are not counted',
      body: { contents, generationConfig: {}, safetySettings: [], toolConfig: {}, labels: {}, serviceTier: 'flex' },
      counted: { contents },
    },
    {
      name: 'the rest of the prompt is',
      body: { contents, ...prompt },
      counted: { generateContentRequest: { model, contents, ...prompt } },
    },
    {
      name: 'in either spelling',
      body: { contents, system_instruction: prompt.systemInstruction },
      counted: { generateContentRequest: { model, contents, system_instruction: prompt.systemInstruction } },
    },
    {
      name: 'a whole request names the model as Google does, and nothing stands beside it',
      body: { contents, generateContentRequest: { model: 'models/my-alias', contents, ...prompt } },
      counted: { generateContentRequest: { model, contents, ...prompt } },
    },
  ])('$name', ({ body, counted }) => {
    const secret = { safety: { harassment: 'off' } };
    expect(sent(body, { operation: 'count-tokens' }, secret)).toEqual(counted);
  });
});

describe('filters', () => {
  const all = {
    harassment: 'off',
    'hate-speech': 'block-none',
    SEXUALLY_EXPLICIT: 'BLOCK_ONLY_HIGH',
    HARM_CATEGORY_DANGEROUS_CONTENT: 'Block_Medium_And_Above',
    'civic-integrity': 'block-low-and-above',
  };
  const wire = [
    ['HARASSMENT', 'OFF'],
    ['HATE_SPEECH', 'BLOCK_NONE'],
    ['SEXUALLY_EXPLICIT', 'BLOCK_ONLY_HIGH'],
    ['DANGEROUS_CONTENT', 'BLOCK_MEDIUM_AND_ABOVE'],
    ['CIVIC_INTEGRITY', 'BLOCK_LOW_AND_ABOVE'],
  ].map(([category, threshold]) => ({ category: `HARM_CATEGORY_${category}`, threshold }));
  const account = (safety: JsonObject, body: JsonObject): JsonObject => {
    const file = { type: 'gemini', access_token: 'ya29.x', safety_settings: safety };
    return sendThrough(geminiAccount.open(file, accountContext()), 'gemini-generate', { body }).body;
  };

  test('are Google’s own unless somebody sets them', () => {
    expect(sent({ contents: [] })).toEqual({ contents: [] });
    expect(account({}, { contents: [] })).toEqual({ contents: [] });
    expect(up(C, G, {})).not.toHaveProperty('safetySettings');
  });

  test.each([true, false])('are those of the key or the file, for relayed and translated requests: %s', (relay) => {
    expect(sent({ contents: [] }, { relay }, { safety: all })['safetySettings']).toEqual(wire);
    expect(account(all, { contents: [] })['safetySettings']).toEqual(wire);
  });

  test.each(['safetySettings', 'safety_settings'])('of the client win (%s)', (member) => {
    const own = { [member]: [{ category: 'C', threshold: 'BLOCK_NONE' }] };
    expect(sent(own, {}, { safety: all })).toEqual(own);
    expect(sent({ [member]: [] }, {}, { safety: all })).toEqual({ [member]: [] });
  });

  test.each([
    { safety: { harrassment: 'off' }, says: '"harrassment" is no category' },
    { safety: { harassment: 'never' }, says: '"harassment" has no such threshold' },
    { safety: { harassment: 1 }, says: '"harassment" has no such threshold' },
  ])('that Google does not have are said: $says', ({ safety, says }) => {
    expect(() => account(safety, {})).toThrow(says);
  });
});

describe('files and caches belong to the key that made them', () => {
  const upstreams = [
    { by: 'key', upstream: gemini.bind(SECRET) },
    { by: 'login', upstream: geminiAccount.open({ type: 'gemini', access_token: 'x' }, accountContext()) },
  ];
  test.each(
    upstreams.flatMap(({ by, upstream }) =>
      [
        'CachedContent not found (or permission denied)',
        'You do not have permission to access the File abc or it may not exist.',
      ].map((message) => ({ by, upstream, message })),
    ),
  )('another one is asked, and none rests, by $by: $message', ({ upstream, message }) => {
    const failure = { reason: 'forbidden', status: 403, message } as const;
    expect(upstream.classify?.(failure)).toEqual({ blame: 'request', next: 'next-credential' });
    expect(upstream.explain?.(failure, {}, 0)).toMatchObject({
      reason: 'invalid-request',
      message: expect.stringContaining('that it was made with'),
    });
  });

  test.each([
    { status: 403, message: 'Permission denied' },
    { status: 400, message: 'CachedContent can not be used with GenerateContent request setting system_instruction' },
    { status: 404, message: 'models/m-1 is not found' },
  ])('other refusals are judged as ever: $message', ({ status, message }) => {
    const failure = { reason: 'forbidden', status, message } as const;
    const upstream = gemini.bind(SECRET);
    expect(upstream.classify?.(failure)).toBeUndefined();
    expect(upstream.explain?.(failure, {}, 0)).toEqual(failure);
  });
});

test('a picture of many megabytes is one line of a stream, and arrives whole', () => {
  const data = 'QUJD'.repeat(6 * 1024 * 1024);
  const parts = [{ inlineData: { mimeType: 'image/png', data } }];
  const line = Buffer.from(
    `data: ${JSON.stringify({ candidates: [{ content: { role: 'model', parts }, finishReason: 'STOP' }] })}\n\n`,
  );
  const chunks = Array.from({ length: Math.ceil(line.length / 65_536) }, (_each, at) =>
    line.subarray(at * 65_536, (at + 1) * 65_536),
  );
  const pictures = decodeStream(chunks).flatMap((event) =>
    event.type === 'part' && event.part.type === 'media' ? [event.part.source] : [],
  );
  // Compared apart, so that a failure does not print megabytes.
  expect(pictures.map((source) => source.kind === 'base64' && source.data === data)).toEqual([true]);
});

test('a model that makes vectors answers no chat', () => {
  const model = { id: 'gemini-embedding-001', outputModalities: ['embedding'] };
  for (const operation of ['generate', 'count-tokens'] as const) {
    expect(endpointOf(gemini.bind(SECRET), { model, operation })).toBeUndefined();
  }
  expect(endpointOf(gemini.bind(SECRET), { model, operation: 'embed' })?.url).toMatch(/:batchEmbedContents$/);
});

describe('thinking has the words of the model’s family', () => {
  const budget = (thinkingBudget: number): JsonObject => ({ thinkingBudget });
  const level = (thinkingLevel: string): JsonObject => ({ thinkingLevel });
  const upTo = (high: number): Readonly<Record<string, JsonObject>> => ({
    minimal: budget(512),
    low: budget(1024),
    medium: budget(8192),
    high: budget(24_576),
    auto: budget(-1),
    '99999': budget(high),
  });
  const FAMILIES: Readonly<Record<string, Readonly<Record<string, JsonObject | undefined>>>> = {
    'gemini-2.5-pro': { none: budget(128), '100': budget(128), ...upTo(32_768) },
    'gemini-2.5-flash': { none: budget(0), '100': budget(100), ...upTo(24_576) },
    'gemini-2.5-flash-lite': { none: budget(0), '100': budget(512), ...upTo(24_576) },
    'gemini-3-pro-preview': {
      none: level('low'),
      minimal: level('low'),
      low: level('low'),
      // As far from both.
      medium: level('low'),
      high: level('high'),
      '99999': budget(32_768),
    },
    'gemini-3-pro-image-preview': { none: level('low'), medium: level('low'), high: level('high') },
    'gemini-3.1-pro-preview': { none: level('low'), minimal: level('low'), medium: level('medium') },
    ...Object.fromEntries(
      [
        'gemini-3-flash-preview',
        'gemini-3.5-flash',
        'gemini-3.5-flash-lite',
        'gemini-3.6-flash',
        'gemini-3.7-flash',
      ].map((model) => [
        model,
        {
          none: level('minimal'),
          minimal: level('minimal'),
          low: level('low'),
          xhigh: level('high'),
          max: level('high'),
        },
      ]),
    ),
    'gemini-3.1-flash-image-preview': { none: level('minimal'), low: level('minimal'), medium: level('high') },
    'gemini-3.1-flash-lite-preview': { none: level('minimal'), low: level('minimal'), high: level('high') },
    'gemini-2.5-flash-image': { none: undefined, high: undefined },
    'gemini-2.0-flash': { high: undefined, '99999': undefined },
    'gemma-3-27b-it': { auto: undefined },
  };
  const cases = Object.entries(FAMILIES).flatMap(([model, asked]) =>
    Object.entries(asked).map(([value, config]) => ({ name: `${model}(${value})`, config })),
  );
  test.each(cases)('$name is $config', ({ name, config }) => {
    expect(suffixed(name, C, G, {})['generationConfig']).toEqual(
      config === undefined ? undefined : { thinkingConfig: config },
    );
  });
});
