import { afterEach, describe, expect, test } from 'vitest';
import type { LoginContext, LoginMethod, NewCredential } from '../../../src/daemon/login/method.js';
import { openMemoryStore } from '../../../src/daemon/storage/memory/memory-store.js';
import type { CredentialStore } from '../../../src/daemon/storage/ports.js';
import { AppError } from '../../../src/shared/errors.js';
import {
  follow,
  freePort,
  openTestLogins,
  type TestLogins,
  type TestLoginsOptions,
} from '../../support/oauth/logins.js';

const MINUTE = 60_000;
const never = new AbortController().signal;
const opened: TestLogins[] = [];

afterEach(async () => {
  await Promise.all(opened.splice(0).map((logins) => logins.close()));
});

function open(methods: readonly LoginMethod[], options: Partial<TestLoginsOptions> = {}): TestLogins {
  const logins = openTestLogins({ methods, ...options });
  opened.push(logins);
  return logins;
}

const credentialOf = (who: string): NewCredential => ({
  name: `acme-${who}.json`,
  label: who,
  fields: { type: 'acme', access_token: `token-of-${who}`, who },
  isSame: (stored) => stored['who'] === who,
});

const method = (id: LoginMethod['id'], run: (context: LoginContext) => Promise<NewCredential>): LoginMethod => ({
  id,
  title: `by ${id}`,
  run,
});

const browser = method('browser', async (context) => {
  const { code } = await context.awaitRedirect({
    ports: [0],
    path: '/back',
    state: 's'.repeat(43),
    url: (redirectUri) => `https://acme.example/authorize?redirect_uri=${redirectUri}`,
    timeoutMs: 5 * MINUTE,
  });
  return credentialOf(code);
});

const asking = method('token', async (context) =>
  credentialOf(await context.ask({ id: 'who', message: 'Who?', choices: [{ value: 'ann', label: 'Ann' }] })),
);

const waiting = method(
  'device',
  (context) =>
    new Promise((_resolve, reject) => {
      context.signal.addEventListener('abort', () => reject(context.signal.reason), { once: true });
    }),
);

test('says which providers and ways there are', () => {
  expect(open([browser, asking]).sessions.providers()).toEqual([
    {
      id: 'acme',
      title: 'Acme',
      policy: { standing: 'unclear', summary: 'nobody knows', clientOwner: 'Acme', sources: [] },
      methods: [
        { id: 'browser', title: 'by browser' },
        { id: 'token', title: 'by token' },
      ],
    },
  ]);
});

test('says that the consent page names the client of the person, where they have one', () => {
  const [provider] = open([browser], { settings: { clientId: 'mine' } }).sessions.providers();
  expect(provider?.policy.clientOwner).toContain('your own client');
});

test.each([
  { name: 'an unknown provider', query: { provider: 'nobody' }, code: 'login_provider_unknown', hint: 'acme' },
  { name: 'an unknown way', query: { method: 'carrier-pigeon' }, code: 'login_method_unknown', hint: 'browser, token' },
])('$name is refused with what there is', async ({ query, code, hint }) => {
  const failure = await open([browser, asking])
    .start(query)
    .catch((error) => error);
  expect(failure).toMatchObject({ code, hint: expect.stringContaining(hint) });
});

test('without a choice the ways that ask nothing race, and one that asks is left alone', async () => {
  const logins = open([browser, waiting, asking]);
  const id = await logins.start();
  await logins.event(id, 'open-url');
  expect(() => logins.sessions.answer({ id, question: 'who', value: 'ann' })).toThrow('does not ask');
});

describe('events', () => {
  const talkative = method('browser', async (context) => {
    context.tell({ type: 'progress', message: 'one' });
    context.tell({ type: 'progress', message: 'two' });
    await context.ask({ id: 'go', message: 'Go on?' });
    context.tell({ type: 'progress', message: 'three' });
    return credentialOf('ann');
  });

  test('are counted, and asked for from where one was', async () => {
    const logins = open([talkative]);
    const id = await logins.start();
    const all = await logins.sessions.watch({ id, after: 0, waitMs: 0 }, never);
    expect(all.events.map(({ seq, type }) => [seq, type])).toEqual([
      [1, 'progress'],
      [2, 'progress'],
      [3, 'question'],
    ]);
    const rest = await logins.sessions.watch({ id, after: 2, waitMs: MINUTE }, never);
    expect(rest.events.map(({ seq }) => seq)).toEqual([3]);
  });

  test('are waited for, and several may wait', async () => {
    const logins = open([talkative]);
    const id = await logins.start();
    const waits = [3, 3].map((after) => logins.sessions.watch({ id, after, waitMs: MINUTE }, never));
    logins.sessions.answer({ id, question: 'go', value: 'yes' });
    for (const view of await Promise.all(waits)) expect(view.events[0]).toMatchObject({ seq: 4, message: 'three' });
  });

  test('that do not come in time are no events', async () => {
    const logins = open([talkative]);
    const id = await logins.start();
    const wait = logins.sessions.watch({ id, after: 3, waitMs: 20_000 }, never);
    logins.clock.advance(20_000);
    expect(await wait).toEqual({ events: [], state: 'running' });
  });

  test('are not waited for any longer when who asked has gone', async () => {
    const logins = open([talkative]);
    const id = await logins.start();
    const gone = new AbortController();
    const wait = logins.sessions.watch({ id, after: 3, waitMs: 20_000 }, gone.signal);
    gone.abort();
    expect((await wait).events).toEqual([]);
  });

  test('are bounded', async () => {
    const endless = method('browser', async (context) => {
      for (let count = 0; count < 1_000; count++) context.tell({ type: 'progress', message: String(count) });
      return credentialOf('ann');
    });
    const logins = open([endless]);
    const id = await logins.start();
    const { events, state } = await logins.end(id);
    expect(state).toBe('succeeded');
    expect(events.length).toBeLessThanOrEqual(200);
  });
});

describe('answers', () => {
  test('that are none of the choices, or empty, are refused, and the question stays', async () => {
    const logins = open([asking]);
    const id = await logins.start({ method: 'token' });
    expect(() => logins.sessions.answer({ id, question: 'who', value: 'bob' })).toThrow('none of the choices');
    expect(() => logins.sessions.answer({ id, question: 'who', value: '  ' })).toThrow('empty');
    logins.sessions.answer({ id, question: 'who', value: 'ann\n' });
    expect((await logins.end(id)).result).toMatchObject({ label: 'ann' });
    expect(() => logins.sessions.answer({ id, question: 'who', value: 'ann' })).toThrow('does not ask');
  });

  test('without a question are taken only where an address is waited for', async () => {
    const logins = open([asking, browser]);
    const id = await logins.start({ method: 'token' });
    expect(() => logins.sessions.answer({ id, value: 'https://x/?code=1' })).toThrow('waits for no address');
    const other = await logins.start({ method: 'browser' });
    await logins.event(other, 'open-url');
    expect(() => logins.sessions.answer({ id: other, value: 'two words' })).toThrow('holds no code');
    expect(() => logins.sessions.answer({ id: other, value: 'https://acme.example/' })).toThrow('another login');
    logins.sessions.answer({ id: other, value: 'ann' });
    expect((await logins.end(other)).state).toBe('succeeded');
  });
});

describe('an end', () => {
  test('can be asked for during one minute', async () => {
    const logins = open([method('browser', async () => credentialOf('ann'))]);
    const id = await logins.start();
    await logins.end(id);
    logins.clock.advance(MINUTE);
    expect((await logins.sessions.watch({ id, after: 0, waitMs: 0 }, never)).state).toBe('succeeded');
    logins.clock.advance(1);
    expect(() => logins.sessions.cancel(id)).toThrow('there is no such login');
  });

  test('comes to a login that nobody finishes after thirty minutes', async () => {
    const logins = open([asking]);
    const id = await logins.start({ method: 'token' });
    logins.clock.advance(30 * MINUTE);
    expect(await logins.end(id)).toMatchObject({ state: 'failed', error: { code: 'login_timeout' } });
  });

  test('by a mistake of ours tells people nothing of it, and the log all', async () => {
    const mistake = new TypeError('secret of ann');
    const logins = open([method('browser', () => Promise.reject(mistake))]);
    const end = await logins.end(await logins.start());
    expect(end).toMatchObject({ state: 'failed', error: { code: 'internal_error' } });
    expect(JSON.stringify(end)).not.toContain('secret');
    expect(logins.internalErrors).toEqual([mistake]);
  });

  test('keeps the first reason: cancelling afterwards changes nothing', async () => {
    const logins = open([method('browser', async () => credentialOf('ann'))]);
    const id = await logins.start();
    await logins.end(id);
    expect(logins.sessions.cancel(id)).toBe(false);
    expect((await logins.end(id)).state).toBe('succeeded');
  });
});

test('no more than sixteen go on at once', async () => {
  const logins = open([waiting]);
  const ids = await Promise.all(Array.from({ length: 16 }, () => logins.start()));
  await expect(logins.start()).rejects.toMatchObject({ code: 'login_too_many' });
  logins.sessions.cancel(ids[0] ?? '');
  await expect(logins.start()).resolves.toBeTypeOf('string');
});

test('a newer login for the same port takes the place of the older one', async () => {
  const logins = open([browser]);
  const callbackPort = await freePort();
  const older = await logins.start({ callbackPort });
  await logins.event(older, 'open-url');
  const newer = await logins.start({ callbackPort });
  const { redirectUri } = await logins.event(newer, 'open-url');
  expect(await logins.end(older)).toMatchObject({
    state: 'cancelled',
    error: { message: expect.stringContaining('newer') },
  });
  await follow(`${redirectUri}?code=ann&state=${'s'.repeat(43)}`);
  expect((await logins.end(newer)).state).toBe('succeeded');
});

test('a port in use ends the login with exit code 13, unless another way goes on', async () => {
  const { createServer } = await import('node:net');
  const blocker = createServer();
  await new Promise<void>((resolve) => blocker.listen(0, '127.0.0.1', resolve));
  const callbackPort = Number((blocker.address() as { port: number }).port);
  const logins = open([browser, waiting]);
  const alone = await logins.start({ method: 'browser', callbackPort });
  expect((await logins.end(alone)).error).toMatchObject({ code: 'callback_port_in_use', exitCode: 13 });
  const both = await logins.start({ callbackPort });
  expect((await logins.event(both, 'progress')).message).toContain(`port ${callbackPort} is in use`);
  await new Promise((resolve) => blocker.close(resolve));
});

describe('keeping', () => {
  /** A store whose next write waits, or loses against another writer. */
  function slowStore(): { store: CredentialStore; writing: Promise<void>; go(): void } {
    const inner = openMemoryStore();
    let started: () => void = () => undefined;
    let go: () => void = () => undefined;
    const writing = new Promise<void>((resolve) => {
      started = resolve;
    });
    const released = new Promise<void>((resolve) => {
      go = resolve;
    });
    return {
      writing,
      go: () => go(),
      store: {
        ...inner,
        async write(...args) {
          started();
          await released;
          return inner.write(...args);
        },
      },
    };
  }

  test('once begun is not called off: the answer says so', async () => {
    const { store, writing, go } = slowStore();
    const logins = open([method('browser', async () => credentialOf('ann'))], { store });
    const id = await logins.start();
    await writing;
    expect(logins.sessions.cancel(id)).toBe(false);
    go();
    expect((await logins.end(id)).state).toBe('succeeded');
    expect(Object.keys(await logins.stored())).toEqual(['acme-ann.json']);
  });

  test('cancelled while it waits for the lock, writes nothing', async () => {
    const logins = open([method('browser', async () => credentialOf('ann'))]);
    let release: () => void = () => undefined;
    const held = logins.store.withLock('acme-ann.json', () => new Promise<void>((resolve) => (release = resolve)));
    const id = await logins.start();
    await new Promise((resolve) => setImmediate(resolve));
    expect(logins.sessions.cancel(id)).toBe(true);
    release();
    await held;
    await logins.sessions.close();
    expect(await logins.stored()).toEqual({});
  });

  test('begins again when another program wrote in between', async () => {
    const inner = openMemoryStore({ 'acme-ann.json': { type: 'acme', who: 'ann', note: 'old' } });
    let isFirst = true;
    const store: CredentialStore = {
      ...inner,
      async write(name, fields, revision) {
        if (isFirst) {
          isFirst = false;
          await inner.write(name, { type: 'acme', who: 'ann', note: 'newer' });
        }
        return inner.write(name, fields, revision);
      },
    };
    const logins = open([method('browser', async () => credentialOf('ann'))], { store });
    expect((await logins.end(await logins.start())).state).toBe('succeeded');
    expect((await logins.stored())['acme-ann.json']).toMatchObject({ note: 'newer', access_token: 'token-of-ann' });
  });

  test('takes another name where something unreadable, or another account, stands', async () => {
    const inner = openMemoryStore({ 'acme-ann-3.json': { type: 'acme', who: 'bob' }, 'Acme-Ann-2.json': { hello: 1 } });
    const store: CredentialStore = {
      ...inner,
      list: async () => ({
        credentials: (await inner.list()).credentials,
        unreadable: [{ name: 'ACME-ann.json', reason: 'a symlink' }],
      }),
    };
    const logins = open([method('browser', async () => credentialOf('ann'))], { store });
    const { result } = await logins.end(await logins.start());
    expect(result).toMatchObject({ replaced: false, name: expect.stringMatching(/^acme-ann-[24]\.json$/) });
    expect(await inner.read('acme-ann-3.json')).toMatchObject({ fields: { who: 'bob' } });
    expect(await inner.read('Acme-Ann-2.json')).toMatchObject({ fields: { hello: 1 } });
  });

  test('fails as what it is when the disk does not take it', async () => {
    const store: CredentialStore = {
      ...openMemoryStore(),
      write: () => Promise.reject(new AppError('storage_full', 'no space left')),
    };
    const logins = open([method('browser', async () => credentialOf('ann'))], { store });
    expect(await logins.end(await logins.start())).toMatchObject({ state: 'failed', error: { code: 'storage_full' } });
  });
});

test('closing cancels what goes on and frees the ports', async () => {
  const logins = open([browser]);
  const id = await logins.start();
  const { redirectUri } = await logins.event(id, 'open-url');
  await logins.sessions.close();
  await expect(fetch(redirectUri)).rejects.toThrow('fetch failed');
  expect((await logins.end(id)).state).toBe('cancelled');
});
