import { describe, expect, test } from 'vitest';
import { socketCall } from '../../../src/daemon/engine/socket-call.js';
import { openWireBody } from '../../../src/daemon/engine/wire-body.js';

const call = (body: string, headers = {}) =>
  socketCall({ url: 'ws://upstream.test/responses', headers, body: openWireBody(Buffer.from(body)), sessionKey: 's' });
const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString();

describe('the frame', () => {
  const body =
    '{"model":"m","stream":true,"background":false,"tools":[{"max":1.0,"big":12345678901234567890}],"input":[1,2,3]}';

  test('is the body without what a socket has no use for, its other bytes as they were', () => {
    expect(text(call(body).request.whole())).toBe(
      '{"model":"m","tools":[{"max":1.0,"big":12345678901234567890}],"input":[1,2,3],"type":"response.create"}',
    );
  });

  test('of a continuation has the input from there on, and leaves the whole one whole', () => {
    const { request } = call(body);
    expect(JSON.parse(text(request.after('resp_1', 2)))).toEqual({
      type: 'response.create',
      model: 'm',
      tools: expect.anything(),
      input: [3],
      previous_response_id: 'resp_1',
    });
    expect(text(request.whole())).toContain('"input":[1,2,3]');
  });
});

test.each([
  { given: {}, beta: 'responses_websockets=2026-02-06' },
  { given: { 'openai-beta': 'other=1' }, beta: 'other=1, responses_websockets=2026-02-06' },
  { given: { 'openai-beta': 'responses_websockets=2026-02-06' }, beta: 'responses_websockets=2026-02-06' },
])('the upgrade carries $beta once', ({ given, beta }) => {
  expect(call('{}', given).headers['openai-beta']).toBe(beta);
});

test('the upgrade leaves out what belongs to a body, and names the session as the backend does there', () => {
  const headers = {
    authorization: 'Bearer k',
    'content-type': 'a',
    accept: 'b',
    'accept-encoding': 'c',
    'session-id': 'x',
  };
  expect(call('{}', headers).headers).toEqual({
    authorization: 'Bearer k',
    session_id: 'x',
    'openai-beta': 'responses_websockets=2026-02-06',
  });
});
