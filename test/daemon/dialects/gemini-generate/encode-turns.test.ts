import { describe, expect, test } from 'vitest';
import { RequestFault } from '../../../../src/daemon/ir/error.js';
import type { Message, ModelRequest, Part } from '../../../../src/daemon/ir/request.js';
import {
  assistant,
  encode,
  gemini3,
  geminiModel,
  modelRequest,
  system,
  user,
  vertex,
} from '../../../support/gemini-generate.js';

const contents = (messages: readonly Message[], model = geminiModel(), extra: Partial<ModelRequest> = {}) =>
  encode(modelRequest(messages, extra), model).body['contents'];
const text = (value: string) => ({ text: value });
const call = (id: string, name = 'f', input = '{}', extra: Partial<Part> = {}): Part =>
  ({ type: 'tool-call', id, name, input, ...extra }) as Part;
const result = (callId: string, value: string, extra: object = {}): Part => ({
  type: 'tool-result',
  callId,
  content: [{ type: 'text', text: value }],
  ...extra,
});
const says = (...parts: Part[]): Message => ({ role: 'assistant', content: parts });
const tool = (...parts: Part[]): Message => ({ role: 'tool', content: parts });
const png: Part = { type: 'media', mediaType: 'image/png', source: { kind: 'base64', data: 'iVBORw0KGgo=' } };
const inlinePng = { inlineData: { mimeType: 'image/png', data: 'iVBORw0KGgo=' } };

describe('the system prompt', () => {
  test('alone becomes the user turn', () => {
    const { body } = encode(modelRequest([system('Only rules')]));
    expect(body).toEqual({ contents: [{ role: 'user', parts: [text('Only rules')] }] });
  });

  test('is hoisted from any position, without empty texts', () => {
    const { body } = encode(modelRequest([system('A'), user('hi'), system(''), system('B')]));
    expect(body).toEqual({
      contents: [{ role: 'user', parts: [text('hi')] }],
      systemInstruction: { parts: [text('A'), text('B')] },
    });
  });

  test('within an Anthropic conversation speaks at its place', () => {
    const { body } = encode(
      modelRequest([system('S'), user('a'), system('note'), user('b')], { dialect: 'anthropic-messages' }),
    );
    expect(body).toEqual({
      contents: [{ role: 'user', parts: [text('a'), text('<system-reminder>\nnote\n</system-reminder>'), text('b')] }],
      systemInstruction: { parts: [text('S')] },
    });
  });

  test('goes before the first words of the user where a model has none', () => {
    const gemma = geminiModel({ traits: new Set(['no-system-instruction']) });
    const { body } = encode(modelRequest([system('S'), user('a'), assistant('b'), user('c')]), gemma);
    expect(body).toEqual({
      contents: [
        { role: 'user', parts: [text('S\n\na')] },
        { role: 'model', parts: [text('b')] },
        { role: 'user', parts: [text('c')] },
      ],
    });
  });
});

describe('turns', () => {
  test('of one role in a row are one', () => {
    expect(contents([user('a'), user('b'), assistant('c'), user('d')])).toEqual([
      { role: 'user', parts: [text('a'), text('b')] },
      { role: 'model', parts: [text('c')] },
      { role: 'user', parts: [text('d')] },
    ]);
  });

  test('begin with the user', () => {
    expect(contents([assistant('c'), user('d')])).toEqual([
      { role: 'user', parts: [text('')] },
      { role: 'model', parts: [text('c')] },
      { role: 'user', parts: [text('d')] },
    ]);
  });

  test('without words are left out', () => {
    expect(contents([user('a'), assistant(''), user('')])).toEqual([{ role: 'user', parts: [text('a')] }]);
    expect(contents([user('')])).toEqual([{ role: 'user', parts: [text('')] }]);
  });

  test('that end with the model ask to go on', () => {
    expect(contents([user('Q'), assistant('The answer'), assistant(' is')])).toEqual([
      { role: 'user', parts: [text('Q'), text('Continue from: The answer is')] },
    ]);
    expect(contents([assistant('The')])).toEqual([{ role: 'user', parts: [text('Continue from: The')] }]);
  });
});

describe('calls and results', () => {
  const conversation = [
    user('go'),
    says(call('c1', 'f', '{"a":1}'), call('c2', 'g')),
    tool(result('c2', 'two')),
    tool(result('c1', 'one')),
    user('next'),
  ];

  test('of one step stand in one user turn, in the order of the calls', () => {
    expect(contents(conversation)).toEqual([
      { role: 'user', parts: [text('go')] },
      {
        role: 'model',
        parts: [
          { functionCall: { id: 'c1', name: 'f', args: { a: 1 } } },
          { functionCall: { id: 'c2', name: 'g', args: {} } },
        ],
      },
      {
        role: 'user',
        parts: [
          { functionResponse: { id: 'c1', name: 'f', response: { result: 'one' } } },
          { functionResponse: { id: 'c2', name: 'g', response: { result: 'two' } } },
          text('next'),
        ],
      },
    ]);
  });

  test('have no ids on Vertex', () => {
    expect(JSON.stringify(contents(conversation, vertex))).not.toContain('"id"');
  });

  test('a missing result is empty', () => {
    expect(contents([user('go'), says(call('c1')), user('next')])).toEqual([
      { role: 'user', parts: [text('go')] },
      { role: 'model', parts: [{ functionCall: { id: 'c1', name: 'f', args: {} } }] },
      { role: 'user', parts: [{ functionResponse: { id: 'c1', name: 'f', response: { result: '' } } }, text('next')] },
    ]);
  });

  test('a result nobody asked for is text', () => {
    expect(contents([user('go'), tool(result('c9', 'v'))])).toEqual([
      { role: 'user', parts: [text('go'), text('Tool result (c9): v')] },
    ]);
  });

  test('an error says so', () => {
    const turns = contents([user('go'), says(call('c1')), tool(result('c1', 'boom', { isError: true }))]);
    expect(turns).toContainEqual({
      role: 'user',
      parts: [{ functionResponse: { id: 'c1', name: 'f', response: { error: 'boom' } } }],
    });
  });

  test('a name is the one of the nearest call with that id', () => {
    const turns = contents([
      user('go'),
      says(call('1', 'f')),
      tool(result('1', 'a')),
      says(call('1', 'g')),
      tool(result('1', 'b')),
    ]);
    expect(turns).toMatchObject([
      {},
      {},
      { parts: [{ functionResponse: { name: 'f' } }] },
      {},
      { parts: [{ functionResponse: { name: 'g' } }] },
    ]);
  });

  test.each([
    { input: '', args: {} },
    { input: '[1]', args: { value: [1] } },
    { input: '{"a":1,}', args: { a: 1 } },
    { input: "{'a': 'it\\'s', \"b\": \"x,}\"}", args: { a: "it's", b: 'x,}' } },
    { input: 'nonsense', args: {} },
    { input: 'null', args: { value: null } },
  ])('the input $input becomes $args', ({ input, args }) => {
    expect(contents([user('go'), says(call('c', 'f', input))])).toMatchObject([
      {},
      { parts: [{ functionCall: { args } }] },
      {},
    ]);
  });

  test('free-form input is wrapped', () => {
    expect(contents([user('go'), says(call('c', 'apply', '*** x', { custom: true } as Partial<Part>))])).toMatchObject([
      {},
      { parts: [{ functionCall: { args: { input: '*** x' } } }] },
      {},
    ]);
  });

  test('images in a result stand inside it for Gemini 3, beside it before', () => {
    const messages = [
      user('go'),
      says(call('t1')),
      tool({ type: 'tool-result', callId: 't1', content: [{ type: 'text', text: 'x' }, png] }),
    ];
    const functionResponse = { id: 't1', name: 'f', response: { result: 'x' } };
    expect(contents(messages, gemini3)).toContainEqual({
      role: 'user',
      parts: [{ functionResponse: { ...functionResponse, parts: [inlinePng] } }],
    });
    expect(contents(messages)).toContainEqual({ role: 'user', parts: [{ functionResponse }, inlinePng] });
  });
});

describe('thought signatures', () => {
  const own = { origin: 'gemini-generate', value: 'SIG' };
  const foreign = { origin: 'anthropic-messages', value: 'CLAUDE' };
  const step = (...parts: Part[]) => {
    const turns = contents([user('go'), says(...parts)], gemini3) as { parts: object[] }[];
    return turns[1]?.parts;
  };

  test('of a call come back on it', () => {
    expect(step(call('c', 'f', '', { opaque: own } as Partial<Part>))).toEqual([
      { functionCall: { id: 'c', name: 'f', args: {} }, thoughtSignature: 'SIG' },
    ]);
  });

  test('that travelled in a thinking block go to the call behind it', () => {
    const parts = step(
      { type: 'reasoning', text: 'hm' },
      { type: 'reasoning', text: '', opaque: own },
      call('c'),
      call('d'),
    );
    expect(parts).toEqual([
      { functionCall: { id: 'c', name: 'f', args: {} }, thoughtSignature: 'SIG' },
      { functionCall: { id: 'd', name: 'f', args: {} } },
    ]);
  });

  test('of another vendor never go out; the first call gets the bypass', () => {
    const { body, warnings } = encode(
      modelRequest([
        user('go'),
        says(
          { type: 'reasoning', text: 'hm', opaque: foreign },
          call('c', 'f', '', { opaque: foreign } as Partial<Part>),
          call('d'),
        ),
      ]),
      gemini3,
    );
    expect(body).toMatchObject({
      contents: [
        {},
        {
          parts: [
            { functionCall: { id: 'c' }, thoughtSignature: 'skip_thought_signature_validator' },
            { functionCall: { id: 'd' } },
          ],
        },
        {},
      ],
    });
    expect(JSON.stringify(body)).not.toMatch(/CLAUDE|hm/);
    expect(warnings).toEqual([{ path: 'messages', reason: 'thinking of another provider is left out' }]);
  });

  test('are not made up for older models, nor on results', () => {
    const messages = [user('go'), says(call('c')), tool(result('c', 'x'))];
    expect(JSON.stringify(contents(messages))).not.toContain('thoughtSignature');
    expect(JSON.stringify(contents(messages, gemini3)).match(/thoughtSignature/g)).toHaveLength(1);
  });

  test('of a generated image are kept, or bypassed', () => {
    const turns = (image: Part) => contents([user('go'), says(image), user('again')], gemini3);
    expect(turns({ ...png, opaque: own } as Part)).toMatchObject([
      {},
      { parts: [{ ...inlinePng, thoughtSignature: 'SIG' }] },
      {},
    ]);
    expect(turns(png)).toMatchObject([{}, { parts: [{ thoughtSignature: 'skip_thought_signature_validator' }] }, {}]);
  });

  test('that nothing follows ride on an empty text', () => {
    const turns = contents([
      user('go'),
      says({ type: 'text', text: 'a' }, { type: 'reasoning', text: '', opaque: own }),
      user('b'),
    ]);
    expect(turns).toMatchObject([{}, { parts: [{ text: 'a' }, { text: '', thoughtSignature: 'SIG' }] }, {}]);
  });

  test('in a user turn are not believed', () => {
    const turns = contents([
      {
        role: 'user',
        content: [
          { type: 'reasoning', text: 'obey', opaque: own },
          { type: 'text', text: 'a' },
        ],
      },
    ]);
    expect(turns).toEqual([{ role: 'user', parts: [text('a')] }]);
  });
});

describe('media', () => {
  const only = (part: Part, model = geminiModel()) => {
    const [turn] = contents([{ role: 'user', content: [part] }], model) as { parts: object[] }[];
    return turn?.parts[0];
  };
  const base64 = (data: string, extra: object = {}): Part => ({
    type: 'media',
    source: { kind: 'base64', data },
    ...extra,
  });
  const link = (url: string, extra: object = {}): Part => ({ type: 'media', source: { kind: 'url', url }, ...extra });

  test.each([
    { name: 'the said type', part: base64('QQ==', { mediaType: 'audio/mpeg' }), mimeType: 'audio/mpeg' },
    { name: 'the file extension', part: base64('AAAA', { filename: 'r.PDF' }), mimeType: 'application/pdf' },
    { name: 'the first bytes', part: base64('/9j/4AAQ'), mimeType: 'image/jpeg' },
    {
      name: 'the first bytes over a wrong image type',
      part: base64('/9j/4AAQ', { mediaType: 'image/png' }),
      mimeType: 'image/jpeg',
    },
    {
      name: 'the extension over a vague type',
      part: base64('AAAA', { mediaType: 'application/octet-stream', filename: 'a.csv' }),
      mimeType: 'text/csv',
    },
  ])('is typed by $name', ({ part, mimeType }) => {
    expect(only(part)).toMatchObject({ inlineData: { mimeType } });
  });

  test.each([
    { name: 'a file of unknown type', part: base64('AAAA', { filename: 'r.unknownx' }) },
    {
      name: 'a file of another provider',
      part: { type: 'media', source: { kind: 'file', id: 'file-1', origin: 'openai-chat' } } as Part,
    },
    { name: 'a link that was not fetched', part: link('https://ex.org/a.png') },
    { name: 'a bucket', part: link('gs://b/a.png') },
  ])('of $name is refused with its path', ({ part }) => {
    const wrong = () => contents([user('x'), { role: 'user', content: [{ type: 'text', text: 'y' }, part] }]);
    expect(wrong).toThrow(RequestFault);
    expect(wrong).toThrow(expect.objectContaining({ path: 'messages[1].content[1]' }));
  });

  test('links go to Vertex as they are', () => {
    expect(only(link('https://ex.org/a.png?x=1'), vertex)).toEqual({
      fileData: { mimeType: 'image/png', fileUri: 'https://ex.org/a.png?x=1' },
    });
    expect(only(link('gs://b/a.mp4'), vertex)).toEqual({
      fileData: { mimeType: 'video/mp4', fileUri: 'gs://b/a.mp4' },
    });
  });

  test('videos of YouTube and files of Google are opened by Google', () => {
    expect(only(link('https://www.youtube.com/watch?v=1'))).toMatchObject({
      fileData: { fileUri: 'https://www.youtube.com/watch?v=1' },
    });
    const fileUri = 'https://generativelanguage.googleapis.com/v1beta/files/a';
    expect(only({ type: 'media', source: { kind: 'file', id: fileUri, origin: 'gemini-generate' } })).toEqual({
      fileData: { fileUri },
    });
  });
});

test('what cannot be said is warned of, once', () => {
  const search: Part = { type: 'search', id: 's', queries: ['q'], results: [] };
  const native: Part = { type: 'native', dialect: 'openai-responses', value: {} };
  const cached: Part = { type: 'text', text: 'a', cache: {} };
  const { body, warnings } = encode(
    modelRequest([{ role: 'user', content: [cached, cached] }, says(search, native), user('b')]),
  );
  expect(body['contents']).toEqual([{ role: 'user', parts: [text('a'), text('a'), text('b')] }]);
  expect(warnings.map(({ reason }) => reason)).toEqual([
    'a provider-run search of an earlier turn is left out',
    'a part that only openai-responses has is left out',
    'has no counterpart here',
  ]);
});
