import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../src/daemon/ir/json.js';
import { PNG } from './client-requests.js';
import { type Call, callIn, FORGETFUL_CLIENTS, send } from './conversation.js';

interface Gateway {
  readonly url: string;
  readonly key: string;
}

const QUESTION = 'what is this?';
const DATA_URL = `data:image/png;base64,${PNG}`;

/** A question about an image, in each client's dialect. */
export const IMAGE: Readonly<Record<string, (model: string, stream: boolean) => Call>> = {
  'openai-chat': (model, stream) => ({
    path: '/v1/chat/completions',
    body: {
      model,
      stream,
      messages: [
        {
          role: 'user',
          content: [
            { type: 'text', text: QUESTION },
            { type: 'image_url', image_url: { url: DATA_URL } },
          ],
        },
      ],
    },
  }),
  'openai-responses': (model, stream) => ({
    path: '/v1/responses',
    body: {
      model,
      stream,
      input: [
        {
          role: 'user',
          content: [
            { type: 'input_text', text: QUESTION },
            { type: 'input_image', image_url: DATA_URL },
          ],
        },
      ],
    },
  }),
  'anthropic-messages': (model, stream) => ({
    path: '/v1/messages',
    body: {
      model,
      stream,
      max_tokens: 1000,
      messages: [
        {
          role: 'user',
          content: [
            { type: 'text', text: QUESTION },
            { type: 'image', source: { type: 'base64', media_type: 'image/png', data: PNG } },
          ],
        },
      ],
    },
  }),
  'gemini-generate': (model, stream) => ({
    path: `/v1beta/models/${model}:${stream ? 'streamGenerateContent?alt=sse' : 'generateContent'}`,
    body: {
      contents: [{ role: 'user', parts: [{ text: QUESTION }, { inlineData: { mimeType: 'image/png', data: PNG } }] }],
    },
  }),
};

export const END: Readonly<Record<string, RegExp>> = {
  'openai-chat': /\[DONE\]/,
  'openai-responses': /response\.completed/,
  'anthropic-messages': /message_stop/,
  'gemini-generate': /"finishReason":"STOP"/,
};

/**
 * Claims that every client dialect, whole and streamed, gets from a model: a tool call with thinking asked for, an answer to
 * the tool's result, and an answer about an image. `except`: a client that must not forget, since the vendor itself is its.
 */
export function servesEveryClient(gateway: () => Gateway, model: string, except?: string): void {
  describe.each(FORGETFUL_CLIENTS.filter(({ id }) => id !== except))(`${model} for a client of $id`, (client) => {
    test.each([true, false])('calls a tool, thinks, and goes on; streamed: %s', async (stream) => {
      const first = await send(gateway(), client.ask(model, stream));
      expect(first.status, first.text).toBe(200);
      expect(first.text).toContain('Paris');
      const args: JsonObject = { city: 'Paris' };
      // Gemini’s calls may have no id.
      const id = client.id === 'gemini-generate' ? 'call_1' : callIn(first.objects);
      const next = await send(gateway(), client.goOn(model, { id, args }, stream));
      expect(next.status, next.text).toBe(200);
      expect(next.text).toContain('sunny');
      if (stream) expect(next.text).toMatch(END[client.id] ?? /$^/);
    });

    test.each([true, false])('sees an image; streamed: %s', async (stream) => {
      const ask = IMAGE[client.id];
      if (ask === undefined) throw new Error(`no image for ${client.id}`);
      const answer = await send(gateway(), ask(model, stream));
      expect(answer.status, answer.text).toBe(200);
      expect(answer.text.replace(/\s+/g, ' ')).toContain('image');
    });
  });
}
