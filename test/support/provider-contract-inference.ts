import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { secretsIn } from '../../src/daemon/observe/secrets.js';
import type { AccountProvider } from '../../src/daemon/providers/account.js';
import { parseConfig, requireConfig } from '../../src/shared/config/load.js';
import { USER_AGENT } from '../../src/shared/version.js';
import type { Call } from './conversation.js';
import { type Gate, startGate } from './provider-contract-gate.js';
import { CLIENT_KEY, type ContractRig, openRig } from './provider-contract-rig.js';
import type { FailureName, Inference, Stage } from './provider-contract-types.js';
import { startStopwatch } from './stopwatch.js';

const MOVES_ON = ['forbidden', 'billing', 'model-missing', 'rate-limit', 'server', 'overloaded'] as const;

/** What a client says of itself, and what it shows to us: nothing of it is the vendor's business. */
const TALKATIVE = {
  'x-api-key': CLIENT_KEY,
  'x-goog-api-key': CLIENT_KEY,
  cookie: `session=${CLIENT_KEY}`,
  'user-agent': 'another-client/9.9 (claude-cli, codex_exec)',
  'x-stainless-lang': 'js',
  'x-app': 'cli',
  'x-forwarded-for': '203.0.113.7',
  'x-cliproxy-debug': '1',
  referer: 'https://example.com/private',
};
/** What names a product or a machine, and is not ours. */
const FOREIGN =
  /another-client|claude-cli|codex_exec|stainless|vscode|copilotchat|antigravity\/|kiroide|opencode|203\.0\.113\.7/i;

const messages = [{ role: 'user', content: 'good morning' }];
const chat = (model: string, stream: boolean): Call => ({
  path: '/v1/chat/completions',
  body: { model, stream, messages },
});
const anthropic = (model: string, stream: boolean): Call => ({
  path: '/v1/messages',
  body: { model, stream, max_tokens: 1000, messages },
});

/** What a provider promises of each request for an answer, before its strict fake. `provider`: absent for keys. */
export function testInference(inference: Inference, provider?: AccountProvider): void {
  const { model } = inference;
  describe('requests', () => {
    let stage: Stage;
    let gate: Gate;
    const opened: ContractRig[] = [];
    const logs: string[] = [];
    /** With one credential, or two that are as good. Keys come in twos. */
    const open = async (count: 1 | 2): Promise<ContractRig> => {
      const { file } = stage;
      const files = file === undefined ? undefined : count === 1 ? { ann: file } : { ann: file, bob: file };
      const rig = await openRig({
        stage,
        gate,
        inference,
        ...(provider === undefined ? {} : { provider }),
        ...(files === undefined ? {} : { files }),
      });
      opened.push(rig);
      return rig;
    };
    beforeAll(async () => {
      stage = await inference.start();
      gate = await startGate(stage.origin, inference.isInference);
    });
    beforeEach(() => gate.reset());
    afterEach(async () => {
      logs.push(...opened.map((rig) => rig.log()));
      await Promise.all(opened.splice(0).map((rig) => rig.close()));
    });
    afterAll(async () => {
      await gate.close();
      await stage.close();
    });

    test.each([true, false])(
      'go out under our own name, and tell nothing of the client; streamed: %s',
      async (stream) => {
        const one = await open(1);
        for (const call of [chat(model, stream), anthropic(model, stream)]) {
          const answer = await one.ask(call, TALKATIVE);
          expect(answer.status, answer.text).toBe(200);
        }
        expect(gate.asked.length).toBeGreaterThanOrEqual(2);
        for (const { headers, path, body } of gate.seen) {
          expect(headers['user-agent']).toBe(USER_AGENT);
          const all = JSON.stringify([headers, path, body]);
          expect(all).not.toContain(CLIENT_KEY);
          expect(all).not.toMatch(FOREIGN);
        }
      },
    );

    test.each(MOVES_ON)('that fail with %s move on to the next credential', async (name) => {
      const two = await open(2);
      gate.script(inference.failure(name));
      const answer = await two.ask(chat(model, false));
      expect(answer.status, answer.text).toBe(200);
      expect(gate.asked.length).toBeGreaterThanOrEqual(2);
    });

    test.each([
      // Google says 400 of a key that it does not know.
      ['unauthorized', [401, 400]],
      ['forbidden', [403]],
      // OpenAI and Google count an empty account among the limits.
      ['billing', [402, 429]],
      ['model-missing', [404]],
      ['rate-limit', [429]],
      ['server', [500, 502, 503]],
      ['overloaded', [503, 529]],
      ['invalid', [400]],
    ] as const satisfies readonly (readonly [FailureName, readonly number[]])[])(
      'that always fail with %s tell the client so',
      async (name, statuses) => {
        const one = await open(1);
        gate.always(inference.failure(name));
        const answer = await one.ask(chat(model, false));
        expect(statuses, answer.text).toContain(answer.status);
        expect(answer.text).toContain('"error"');
      },
    );

    test('that are wrong in themselves are not sent through every credential', async () => {
      const two = await open(2);
      gate.always(inference.failure('invalid'));
      const answer = await two.ask(chat(model, false));
      expect(answer.status, answer.text).toBe(400);
      const credentials = new Set(gate.asked.map(({ headers }) => headers.authorization ?? headers['x-api-key']));
      expect(credentials.size).toBe(1);
      expect(two.states()).toEqual(['ready', 'ready']);
    });

    test('that come too fast make the credential rest, and tell the client how long', async () => {
      const one = await open(1);
      gate.always(inference.failure('rate-limit'));
      const answer = await one.ask(chat(model, false));
      expect(answer.status).toBe(429);
      expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
      const asked = gate.asked.length;
      expect((await one.ask(chat(model, false))).status).toBe(429);
      expect(gate.asked.length, 'the limit is honoured').toBe(asked);
    });

    test.each([301, 302, 307, 308])('that are sent elsewhere with %s do not go there', async (status) => {
      const one = await open(1);
      const elsewhere = await startGate(stage.origin, () => true);
      gate.always({ status, headers: { location: `${elsewhere.origin}/v1/messages` } });
      const answer = await one.ask(chat(model, false));
      const { length } = elsewhere.seen;
      await elsewhere.close();
      expect(length).toBe(0);
      expect(answer.status).toBeGreaterThanOrEqual(400);
    });

    test.each([true, false])('whose answer is empty move on, and never end well; streamed: %s', async (stream) => {
      const one = await open(1);
      const two = await open(2);
      const empty = { status: 200, headers: { 'content-type': 'text/event-stream' }, body: '' };
      gate.script(empty);
      const answer = await two.ask(chat(model, stream));
      expect(answer.status, answer.text).toBe(200);
      expect(answer.text.replaceAll(/\s/g, '')).toContain('"choices"');
      gate.always(empty);
      expect((await one.ask(chat(model, stream))).status).toBeGreaterThanOrEqual(500);
    });

    test.each([
      ['ends', [] as const],
      ['is cut', [{ becomes: 'cut' as const }] as const],
    ])('whose stream %s before its last event end in an error', async (_name, last) => {
      const one = await open(1);
      for (const call of [chat(model, true), anthropic(model, true)]) {
        gate.script({ ...streamHeaders(inference), body: [...inference.opening, ...last] });
        const answer = await one.ask(call);
        expect(answer.text).toContain('error');
        expect(answer.text).not.toMatch(/\[DONE\]|event: message_stop|"finish_reason":"/);
        one.plane.resetCredentials(undefined);
      }
    });

    test('whose client goes away are given up within 100 ms, and nobody rests for it', async () => {
      const one = await open(1);
      gate.script({ ...streamHeaders(inference), body: [...inference.opening, { becomes: 'stall' }] });
      expect(await untilGivenUp(one, gate, chat(model, true))).toBeLessThan(100);
      expect(new Set(one.states())).toEqual(new Set(['ready']));
    });

    test('whose refusal quotes the credential keep it from clients and from the log', async () => {
      const one = await open(1);
      const quoted: string[] = [];
      for (const status of [400, 401, 403, 429, 500]) {
        gate.always(({ headers }) => {
          const secret = tokenOf(headers);
          quoted.push(secret);
          return { status, body: { error: { message: `no: Bearer ${secret}, key ${secret}`, type: 'x' } } };
        });
        await one.ask(chat(model, false));
        one.plane.resetCredentials(undefined);
      }
      expect(quoted.length).toBeGreaterThan(0);
      expect(one.traces()).toContain('"status":403');
      const told = [one.errors(), one.log(), one.traces(), JSON.stringify(one.plane.credentials())].join('\n');
      expect(quoted.filter((secret) => told.includes(secret))).toEqual([]);
    });

    test('leave no secret in the log, whatever became of them', () => {
      const secrets = [CLIENT_KEY, ...secretsIn(stage.file ?? {}), ...secretsIn(configOf(stage.settings(gate.origin)))];
      const log = logs.join('\n');
      expect(log).toContain('"msg":"request"');
      expect(secrets.filter((secret) => secret.length > 4 && log.includes(secret))).toEqual([]);
    });

    if (inference.renews === true) {
      test('with a token that ran out get a new one, and are sent once more', async () => {
        const fresh = await inference.start();
        const way = await startGate(fresh.origin, inference.isInference);
        const parts = { stage: fresh, gate: way, inference, ...(provider === undefined ? {} : { provider }) };
        const rig = await openRig({ ...parts, files: { ann: fresh.stale ?? {} } });
        const answer = await rig.ask(chat(model, false));
        const tokens = way.asked.map(({ headers }) => tokenOf(headers));
        const states = rig.states();
        await Promise.all([rig.close(), way.close(), fresh.close()]);
        expect(answer.status, answer.text).toBe(200);
        expect(new Set(tokens).size, 'two tokens').toBe(2);
        expect(tokens).toHaveLength(2);
        expect(states).toEqual(['ready']);
      });
    }
  });
}

/** Reads the beginning of an answer, goes away, and gives how long the vendor's connection stayed. */
async function untilGivenUp(rig: ContractRig, gate: Gate, { path, body }: Call): Promise<number> {
  const gone = new AbortController();
  const reply = await fetch(rig.url + path, {
    method: 'POST',
    headers: { authorization: `Bearer ${CLIENT_KEY}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
    signal: gone.signal,
  });
  await reply.body?.getReader().read();
  const asked = gate.asked.at(-1);
  if (asked === undefined) throw new Error('the vendor was not asked');
  const stop = startStopwatch();
  gone.abort();
  await asked.closed;
  return stop();
}

const configOf = (yaml: string): unknown => requireConfig(parseConfig(yaml, { path: 'config.yaml' })).config;

const tokenOf = (headers: Gate['asked'][number]['headers']): string =>
  (headers.authorization ?? String(headers['x-api-key'] ?? headers['x-goog-api-key'])).replace('Bearer ', '');

const streamHeaders = ({ opening }: Inference) => ({
  headers: {
    'content-type': opening.some((piece) => typeof piece !== 'string')
      ? 'application/vnd.amazon.eventstream'
      : 'text/event-stream',
  },
});
