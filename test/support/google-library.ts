import { FunctionCallingConfigMode, type GenerateContentResponse, type GoogleGenAI, Type } from '@google/genai';
import { expect, test } from 'vitest';
import { PNG, PNG_BYTES } from './client-requests.js';

const tools = [
  {
    functionDeclarations: [
      {
        name: 'get_weather',
        parameters: { type: Type.OBJECT, properties: { city: { type: Type.STRING } }, required: ['city'] },
      },
    ],
  },
];

interface Library {
  readonly client: () => GoogleGenAI;
  readonly model: string;
  /** Which simulated upstream answers at the end. */
  readonly kind: string;
  readonly mode: 'gemini' | 'vertex';
}

/** Claims that Google's own library gets all it asks for, whole and streamed. */
export function servesGoogleLibrary({ client, model, kind, mode }: Library): void {
  const ask = (request: Parameters<GoogleGenAI['models']['generateContent']>[0], streamed: boolean) =>
    partsOf(streamed ? client().models.generateContentStream(request) : client().models.generateContent(request));

  test.each([false, true])('it is answered; streamed: %s', async (streamed) => {
    const config = mode === 'vertex' ? { labels: { team: 'a' } } : {};
    const parts = await ask({ model, contents: 'good morning', config }, streamed);
    expect(textOf(parts)).toBe(`Hello from ${kind}: good morning`);
  });

  test.each([false, true])('it calls a tool with thinking, and goes on; streamed: %s', async (streamed) => {
    const contents = [{ role: 'user', parts: [{ text: 'think, then use get_weather' }] }];
    const request = {
      model,
      contents,
      config: {
        tools,
        toolConfig: { functionCallingConfig: { mode: FunctionCallingConfigMode.AUTO } },
        thinkingConfig: { thinkingBudget: 2000, includeThoughts: true },
      },
    };
    const parts = await ask(request, streamed);
    const calls = parts.flatMap(({ functionCall }) => functionCall ?? []);
    expect(calls.map(({ name }) => name)).toEqual(['get_weather']);
    const results = calls.map(({ id, name = '' }) => ({
      functionResponse: { name, response: { result: 'sunny' }, ...(id === undefined ? {} : { id }) },
    }));
    const next = [...contents, { role: 'model', parts }, { role: 'user', parts: results }];
    expect(textOf(await ask({ ...request, contents: next }, streamed))).toContain('sunny');
  });

  test.each([false, true])('it shows an image; streamed: %s', async (streamed) => {
    // Only the library's Vertex mode takes a name.
    const name = mode === 'vertex' ? { displayName: 'cat.png' } : {};
    const image = { inlineData: { mimeType: 'image/png', data: PNG, ...name } };
    const contents = [{ role: 'user', parts: [image, { text: 'what is this?' }] }];
    expect(textOf(await ask({ model, contents }, streamed))).toContain(
      `I see an image (image/png, ${PNG_BYTES} bytes)`,
    );
  });

  test('it counts the prompt', async () => {
    const count = async (config: object) =>
      (await client().models.countTokens({ model, contents: 'how many?', config })).totalTokens ?? 0;
    const plain = await count({});
    expect(plain).toBeGreaterThan(0);
    if (mode === 'gemini') return;
    expect(await count({ systemInstruction: 'Answer at length, and with many examples.' })).toBeGreaterThan(plain);
  });
}

async function partsOf(answer: Promise<GenerateContentResponse> | Promise<AsyncGenerator<GenerateContentResponse>>) {
  const given = await answer;
  const chunks: GenerateContentResponse[] = [];
  if (Symbol.asyncIterator in given) for await (const chunk of given) chunks.push(chunk);
  else chunks.push(given);
  return chunks.flatMap((chunk) => chunk.candidates?.[0]?.content?.parts ?? []);
}

const textOf = (parts: readonly { text?: string }[]): string => parts.map(({ text }) => text ?? '').join('');
