import type { Status } from '../../shared/contract/lifecycle.js';
import type { LoginProviderView } from '../../shared/contract/logins.js';
import { AppError } from '../../shared/errors.js';
import type { CliContext } from '../context.js';
import { usageError } from '../ui/failure.js';
import { clean } from '../ui/text.js';
import { openBrowser } from './browser.js';
import { driveLogin, type LoginResult } from './drive.js';
import { makeReady } from './ready.js';
import { openTerminalScreen } from './terminal-screen.js';
import { policyCard } from './words.js';

export interface AccountLogin {
  readonly channel: string;
  readonly config: string | undefined;
  /** Absent: every interactive one at once. */
  readonly method: string | undefined;
  readonly callbackPort: number | undefined;
  readonly options: Readonly<Record<string, string>>;
  readonly isBrowserWanted: boolean;
  /** Nothing is asked that has an answer by default. */
  readonly isAgreed: boolean;
  readonly timeoutMs: number | undefined;
  readonly secret: string | undefined;
  readonly answers: Readonly<Record<string, string>>;
}

/** Everything as it is without a flag. */
export const PLAIN_LOGIN: Omit<AccountLogin, 'channel' | 'config'> = {
  method: undefined,
  callbackPort: undefined,
  options: {},
  isBrowserWanted: true,
  isAgreed: false,
  timeoutMs: undefined,
  secret: undefined,
  answers: {},
};

export interface AccountLoginDone {
  readonly result: LoginResult;
  readonly title: string;
  readonly status: Status;
  readonly clientKey: string | undefined;
  /** Names that clients can ask for; undefined while the daemon has not taken it up. */
  readonly models: readonly string[] | undefined;
}

/** Logs in to one account from the policy card to the credential in use. */
export async function logInToAccount(context: CliContext, login: AccountLogin): Promise<AccountLoginDone> {
  const signal = context.interrupted();
  const { status, clientKey } = await makeReady(context, login.config);
  const provider = await findProvider(context, login);
  await showPolicy(context, provider, login.isAgreed);
  const { management, clock, output } = context;
  const { stderr } = process;
  const screen = await openTerminalScreen({
    context,
    title: provider.title,
    surroundings: { env: context.env, platform: process.platform },
    isBrowserWanted: login.isBrowserWanted,
    openBrowser,
    room: stderr.isTTY ? { columns: stderr.columns, rows: stderr.rows } : undefined,
    secret: login.secret,
    answers: login.answers,
  });
  const { method, callbackPort, options } = login;
  const result = await driveLogin({
    management,
    request: {
      provider: provider.id,
      ...(method === undefined ? {} : { method }),
      ...(callbackPort === undefined ? {} : { callbackPort }),
      ...(Object.keys(options).length === 0 ? {} : { options }),
    },
    screen,
    ...(output.isJson ? { onEvent: (event) => printEvent(context, event) } : {}),
    clock,
    signal,
    timeoutMs: login.timeoutMs,
  });
  return { result, title: provider.title, status, clientKey, models: await modelsOf(context, result.credential) };
}

async function findProvider(context: CliContext, { channel, method }: AccountLogin): Promise<LoginProviderView> {
  const { providers } = await context.management.listLoginProviders({});
  const provider = providers.find(({ id }) => id === channel);
  if (provider === undefined) {
    throw new AppError('login_unsupported', `the running gateway knows no login to "${channel}"`, {
      hint: 'it was started by another version: restart it with `cliproxyctl restart`',
    });
  }
  if (method !== undefined && !provider.methods.some(({ id }) => id === method)) {
    const known = provider.methods.map(({ id }) => id).join(', ');
    throw usageError(`${provider.title} has no login by ${method}`, `it has these methods: ${known}`);
  }
  return provider;
}

/** Shows the card; a person may stop at it. */
async function showPolicy(context: CliContext, provider: LoginProviderView, isAgreed: boolean): Promise<void> {
  const { output, prompts } = context;
  if (output.isJson) printEvent(context, { type: 'policy', at: context.clock.now(), ...provider.policy });
  output.note(`${policyCard(provider, output.talkColor, process.stderr.columns ?? 80)}\n`);
  if (isAgreed || !prompts.isInteractive) return;
  const isGoingOn = await prompts.confirm({
    message: 'Log in?',
    flag: '--yes',
    default: provider.policy.standing !== 'forbidden',
    isClearing: true,
  });
  if (!isGoingOn) throw new AppError('cancelled', 'cancelled, nothing was saved');
}

/** One event as a line of its own, before the envelope. */
function printEvent({ output }: CliContext, event: object): void {
  output.line(JSON.stringify({ schema_version: 'cliproxyctl.event.v1', command: 'login', ...event }));
}

/** A login is saved before the daemon serves it; that takes a moment. */
const TAKEN_UP_WITHIN_MS = 3_000;
const LOOK_EVERY_MS = 100;

async function modelsOf({ management, clock }: CliContext, id: string): Promise<readonly string[] | undefined> {
  const giveUpAt = clock.now() + TAKEN_UP_WITHIN_MS;
  for (;;) {
    try {
      const { offers } = await management.showCredential({ id });
      if (offers.length > 0) return offers.map(({ name }) => name);
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      if (error.code !== 'credential_unknown') return undefined;
    }
    if (clock.now() >= giveUpAt) return undefined;
    await clock.sleep(LOOK_EVERY_MS);
  }
}

/** The two or three lines that a person reads last. */
export function renderDone(context: CliContext, channel: string, done: AccountLoginDone): string {
  const { color } = context.output;
  const { result, models, clientKey } = done;
  const { label, name, replaced } = result;
  const served = models === undefined ? 'its models are being looked up' : String(models.length);
  return [
    `${color.green('Logged in')} as ${color.bold(clean(label))}${replaced ? ', in place of the earlier login' : ''}`,
    `  credential  ${clean(name)}`,
    `  models      ${served}`,
    ...(clientKey === undefined ? [] : [`  client key  ${color.bold(clientKey)}`]),
    `  try         ${color.cyan(tryLine(channel, done))}`,
  ].join('\n');
}

/** Something to type now. The own client where only that one is served, else a request of one line. */
export function tryLine(channel: string, { status, models, clientKey = 'KEY' }: AccountLoginDone): string {
  const { url } = status.listen;
  if (channel === 'claude') return `ANTHROPIC_BASE_URL=${url} ANTHROPIC_AUTH_TOKEN=${clientKey} claude`;
  const model = models?.[0] ?? 'MODEL';
  return `curl ${url}/v1/responses -H 'Authorization: Bearer ${clientKey}' -H 'Content-Type: application/json' -d '{"model":"${model}","input":"hi"}'`;
}
