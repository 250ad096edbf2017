import { mkdir } from 'node:fs/promises';
import { createServer } from 'node:http';
import { toErrorReply } from '../../src/shared/contract/error-reply.js';
import { lifecycle, type Status } from '../../src/shared/contract/lifecycle.js';
import type { LoginProviderView, LoginView } from '../../src/shared/contract/logins.js';
import type { Contract, Handlers, Route } from '../../src/shared/contract/route.js';
import { AppError } from '../../src/shared/errors.js';
import { listenOnSocket, socketPathFor } from '../../src/shared/local-socket.js';
import { resolvePaths } from '../../src/shared/paths.js';
import { VERSION } from '../../src/shared/version.js';
import type { Cli } from './cli.js';

type StubHandlers = Partial<Handlers<typeof lifecycle>>;

export interface StubDaemon {
  /** What was called, in order. */
  readonly calls: readonly { readonly name: string; readonly input: unknown }[];
  inputsOf(name: keyof typeof lifecycle): unknown[];
  close(): Promise<void>;
}

/** Answers on the control socket of `cli`'s home in place of a daemon. What a test gives no handler for is a failure. */
export async function startStubDaemon(cli: Cli, handlers: StubHandlers): Promise<StubDaemon> {
  const { runDir } = resolvePaths({ env: cli.env });
  await mkdir(runDir, { recursive: true, mode: 0o700 });
  const calls: { name: string; input: unknown }[] = [];
  const all: StubHandlers = { getStatus: async () => statusOf(cli), ...handlers };
  const server = createServer(async (request, response) => {
    const gone = new AbortController();
    response.once('close', () => gone.abort());
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const url = new URL(request.url ?? '/', 'http://localhost');
    const answer = (status: number, body: unknown): void => {
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    };
    try {
      const found = routeAt(request.method ?? '', url.pathname);
      if (found === undefined) throw new AppError('route_not_found', `no route ${url.pathname}`);
      const [name, route] = found;
      const text = Buffer.concat(chunks).toString('utf8');
      const input = route.input.parse(
        route.method === 'post' ? JSON.parse(text) : Object.fromEntries(url.searchParams),
      );
      calls.push({ name, input });
      // The contract's own type holds each handler to its route; here they are one.
      const handler = all[name as keyof StubHandlers] as Handlers<Contract>[string] | undefined;
      if (handler === undefined) throw new AppError('stub_silent', `the test gives no answer to ${name}`);
      answer(200, await handler(input, { signal: gone.signal }));
    } catch (error) {
      answer(500, toErrorReply(error));
    }
  });
  await listenOnSocket(server, socketPathFor(runDir));
  return {
    calls,
    inputsOf: (name) => calls.filter((call) => call.name === name).map(({ input }) => input),
    close: () =>
      new Promise((done) => {
        server.close(() => done());
        server.closeAllConnections();
      }),
  };
}

const routeAt = (method: string, path: string): [string, Route] | undefined =>
  Object.entries(lifecycle).find(([, route]) => route.method === method.toLowerCase() && route.path === path);

const statusOf = (cli: Cli): Status => ({
  version: VERSION,
  contract: 1,
  instanceId: 'stub',
  pid: process.pid,
  startedAt: 0,
  state: 'ready',
  ready: true,
  listen: { host: '127.0.0.1', port: 8317, url: 'http://127.0.0.1:8317', tls: false },
  configPath: cli.configPath,
  configHash: 'hash',
  workers: [],
  restarts: 0,
  counts: {
    models: 3,
    credentials: 1,
    coolingCredentials: 0,
    clientKeys: 1,
    requests: 0,
    failures: 0,
    inFlight: 0,
  },
  problems: [],
  warnings: [],
  restartNeeded: [],
});

export const claudeLogin: LoginProviderView = {
  id: 'claude',
  title: 'Claude',
  methods: [
    { id: 'browser', title: 'in a browser' },
    { id: 'token', title: 'a setup token' },
  ],
  policy: {
    standing: 'unclear',
    summary: 'the terms allow subscriptions in the own client; other clients are not spoken of',
    clientOwner: 'Claude Code',
    sources: [{ url: 'https://vendor.test/terms', date: '2026-03-01' }],
  },
};

export const copilotLogin: LoginProviderView = {
  ...claudeLogin,
  id: 'github-copilot',
  title: 'GitHub Copilot',
  methods: [{ id: 'device', title: 'a code on any device' }],
};

export const AUTHORIZE_URL =
  'https://vendor.test/oauth/authorize?code=true&client_id=9d1c250a-e61b-44d9-88ed-5944d1962f5e&response_type=code&redirect_uri=http%3A%2F%2Flocalhost%3A54545%2Fcallback&scope=user%3Aprofile+user%3Ainference&code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM&code_challenge_method=S256&state=abcdefghijklmnopqrstuvwxyz0123456789';

type EventBody = LoginView['events'][number] extends infer Event
  ? Event extends { seq: number; at: number }
    ? Omit<Event, 'seq' | 'at'>
    : never
  : never;

export interface ScriptedLogin {
  readonly handlers: Required<Pick<StubHandlers, 'startLogin' | 'watchLogin' | 'answerLogin' | 'cancelLogin'>>;
  tell(event: EventBody): void;
  succeed(result?: Partial<NonNullable<LoginView['result']>>): void;
  fail(error: NonNullable<LoginView['error']>): void;
  /** Has succeeded, and whoever watches is not told yet. */
  finishQuietly(): void;
}

const SAVED = {
  credential: 'c1a0de00',
  name: 'claude-ann@example.test.json',
  label: 'ann@example.test',
  replaced: false,
};

/** One login that the test drives; `onAnswer` may throw what the daemon would. */
export function scriptLogin(
  first: readonly EventBody[],
  onAnswer: (answer: { question?: string | undefined; value: string }, login: ScriptedLogin) => void = () => undefined,
): ScriptedLogin {
  const events: LoginView['events'] = [];
  let ending: Omit<LoginView, 'events'> = { state: 'running' };
  const waiting = new Set<() => void>();
  const wake = (): void => {
    for (const each of waiting) each();
    waiting.clear();
  };
  const login: ScriptedLogin = {
    tell(event) {
      events.push({ ...event, seq: events.length + 1, at: Date.now() });
      wake();
    },
    succeed(result) {
      ending = { state: 'succeeded', result: { ...SAVED, ...result } };
      wake();
    },
    finishQuietly() {
      ending = { state: 'succeeded', result: SAVED };
    },
    fail(error) {
      ending = { state: 'failed', error };
      wake();
    },
    handlers: {
      startLogin: async () => ({ id: 'login-1' }),
      async watchLogin({ after }, { signal }) {
        if (ending.state === 'running' && !events.some(({ seq }) => seq > after)) {
          await new Promise<void>((resolve) => {
            waiting.add(resolve);
            signal.addEventListener('abort', () => resolve(), { once: true });
          });
        }
        return { ...ending, events: events.filter(({ seq }) => seq > after) };
      },
      async answerLogin(answer) {
        onAnswer(answer, login);
        return {};
      },
      async cancelLogin() {
        if (ending.state !== 'running') return { cancelled: false };
        ending = { state: 'cancelled', error: { code: 'login_cancelled', message: 'the login was cancelled' } };
        wake();
        return { cancelled: true };
      },
    },
  };
  for (const event of first) login.tell(event);
  return login;
}

/** A credential as `showCredential` gives it. */
export const loggedIn = (models: readonly string[], id = 'c1a0de00') => ({
  id,
  provider: 'claude',
  label: 'ann@example.test',
  source: 'file' as const,
  disabled: false,
  priority: 0,
  weight: 1,
  models: models.length,
  state: 'ready' as const,
  offers: models.map((name) => ({ name, model: name })),
});
