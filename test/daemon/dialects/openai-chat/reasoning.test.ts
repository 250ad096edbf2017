import { describe, expect, test } from 'vitest';
import type { WireBody } from '../../../../src/daemon/dialects/dialect.js';
import { openaiChatUpstream } from '../../../../src/daemon/dialects/openai-chat/dialect.js';
import { openStateKeeper, packState, unpackState } from '../../../../src/daemon/dialects/openai-chat/reasoning.js';
import { RequestFault } from '../../../../src/daemon/ir/error.js';
import type { JsonObject, JsonValue } from '../../../../src/daemon/ir/json.js';
import type { ModelInfo } from '../../../../src/daemon/ir/model.js';
import type { Reasoning } from '../../../../src/daemon/ir/request.js';
import { userModel } from '../../../support/openai-chat.js';

/** A body without bytes: what the thinking settings touch are its members. */
function bodyOf(members: JsonObject): WireBody {
  const current: Record<string, JsonValue | undefined> = { ...members };
  return {
    bytes: Buffer.alloc(0),
    get: (key) => current[key],
    set(key, value) {
      if (value === undefined) delete current[key];
      else current[key] = value;
    },
    toJSON: () => current,
  };
}

const known: ModelInfo = {
  ...userModel,
  userDefined: false,
  thinking: { zeroAllowed: true, dynamicAllowed: true, levels: ['low', 'high'] },
};

describe('thinking settings of a relayed body', () => {
  test.each<{ name: string; body: JsonObject; wanted: Reasoning | undefined; model?: ModelInfo; edited: JsonObject }>([
    {
      name: 'a level is written',
      body: { a: 1 },
      wanted: { mode: 'effort', effort: 'high' },
      edited: { a: 1, reasoning_effort: 'high' },
    },
    {
      name: 'nothing is removed',
      body: { reasoning_effort: 'low', reasoning: { effort: 'low' } },
      wanted: undefined,
      edited: {},
    },
    {
      name: 'off is none',
      body: { reasoning_effort: 'low' },
      wanted: { mode: 'off' },
      edited: { reasoning_effort: 'none' },
    },
    {
      name: 'auto of a known model is no setting',
      body: { reasoning_effort: 'low' },
      wanted: { mode: 'auto' },
      edited: {},
    },
    {
      name: "OpenRouter's object keeps its other members",
      body: { reasoning: { max_tokens: 9, exclude: true } },
      wanted: { mode: 'effort', effort: 'low' },
      edited: { reasoning: { exclude: true, effort: 'low' } },
    },
    {
      name: 'auto of a model the user defined is said',
      body: {},
      wanted: { mode: 'auto' },
      model: userModel,
      edited: { reasoning_effort: 'auto' },
    },
  ])('$name', ({ body, wanted, model, edited }) => {
    const wire = bodyOf(body);
    openaiChatUpstream.editReasoning(wire, wanted, model ?? known);
    expect(wire.toJSON()).toEqual(edited);
  });

  test('are read as the decoder reads them', () => {
    expect(openaiChatUpstream.readReasoning(bodyOf({ reasoning_effort: 'high' }))).toEqual({
      mode: 'effort',
      effort: 'high',
      summary: 'auto',
    });
    expect(openaiChatUpstream.readReasoning(bodyOf({}))).toBeUndefined();
    expect(() => openaiChatUpstream.readReasoning(bodyOf({ reasoning_effort: 5 }))).toThrow(RequestFault);
  });
});

describe('state of thinking', () => {
  test('can be unpacked, and has only characters that a signature may have', () => {
    const state = { reasoning_opaque: 'ä/+=', reasoning_details: [{ type: 'reasoning.encrypted', data: 'D' }] };
    expect(packState(state)).toMatch(/^[A-Za-z0-9_-]+$/);
    expect(unpackState(packState(state))).toEqual(state);
  });

  test.each(['', 'not base64 of JSON', Buffer.from('[]').toString('base64url')])('%j is no state', (value) => {
    expect(unpackState(value)).toBeUndefined();
  });

  test('details that a stream cut are put together; without a signature they are no state', () => {
    const keeper = openStateKeeper();
    keeper.add({ reasoning_details: [{ type: 'reasoning.text', index: 0, text: 'a' }] });
    keeper.add({ reasoning_details: [{ type: 'reasoning.text', index: 0, text: 'b', signature: null }] });
    keeper.add({ reasoning_details: [{ type: 'reasoning.text', index: 0, signature: 'S' }] });
    keeper.add({ reasoning_details: [{ type: 'reasoning.encrypted', index: 1, data: 'D' }] });
    expect(unpackState(keeper.packed() ?? '')).toEqual({
      reasoning_details: [
        { type: 'reasoning.text', index: 0, text: 'ab', signature: 'S' },
        { type: 'reasoning.encrypted', index: 1, data: 'D' },
      ],
    });
    const plain = openStateKeeper();
    plain.add({ reasoning_details: [{ type: 'reasoning.text', index: 0, text: 'a' }] });
    expect(plain.packed()).toBeUndefined();
  });
});
