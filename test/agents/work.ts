import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { UpstreamKind } from '../../src/cli/demo/upstreams/simulated-upstream.js';
import type { DaemonGateway } from '../support/daemon-gateway.js';
import { MODEL_OF } from '../support/gateway.js';
import { type Exchange, startDeadEnd, startRecorder } from '../support/recorder.js';
import type { Agent } from './agents.js';
import { runAgent } from './program.js';

/** What came of one task. */
export interface Work {
  readonly code: number | string | null;
  /** All the program printed. */
  readonly output: string;
  /** The result of the command, which stands nowhere in the task. */
  readonly done: string;
  /** What the program exchanged with the gateway. */
  readonly atGateway: readonly Exchange[];
  /** What the gateway exchanged with the upstream for it. */
  readonly atUpstream: readonly Exchange[];
  /** Hosts beyond this machine that the program asked for. */
  readonly strangers: readonly string[];
}

/** Lets an agent run a command: the simulated model calls the named tool with the quoted text, then repeats the result. */
export async function work(gateway: DaemonGateway, agent: Agent, kind: UpstreamKind, task: string): Promise<Work> {
  const home = await mkdtemp(join(tmpdir(), 'cliproxyctl-agent-'));
  const [recorder, internet] = await Promise.all([startRecorder(gateway.url), startDeadEnd()]);
  const words = [...agent.name.toLowerCase().split(' '), kind, task];
  try {
    await Promise.all(['work', 'tmp'].map((name) => mkdir(join(home, name))));
    const { file, args, env } = await agent.prepare({
      url: recorder.origin,
      key: gateway.key,
      model: MODEL_OF[kind],
      prompt: `Use the ${agent.shellTool} tool with "printf ${words.map(() => '%s').join('-')} ${words.join(' ')}"`,
      home,
    });
    const run = await runAgent({ file, args, env: { ...env, ...proxiedBy(internet.url) } }, home);
    return {
      ...run,
      done: words.join('-'),
      atGateway: recorder.exchanges,
      atUpstream: gateway.upstreams[kind].exchanges.filter((one) => one.requestBody.includes(words.join(' '))),
      strangers: internet.targets,
    };
  } finally {
    await Promise.all([recorder.close(), internet.close()]);
    await rm(home, { recursive: true, force: true, maxRetries: 5 });
  }
}

const proxiedBy = (url: string): Readonly<Record<string, string>> => ({
  HTTP_PROXY: url,
  HTTPS_PROXY: url,
  http_proxy: url,
  https_proxy: url,
  NO_PROXY: '127.0.0.1',
  no_proxy: '127.0.0.1',
});

const MAX_OUTPUT = 4000;
const MAX_EXCHANGES = 4;
const MAX_BODY = 3000;

/** What a person needs to see when it went wrong. */
export function describeWork({ code, output, atGateway, atUpstream }: Work, gateway: DaemonGateway): string {
  return [
    `it ended with ${code} and printed: ${tail(output, MAX_OUTPUT)}`,
    ...atGateway.slice(-MAX_EXCHANGES).map((one) => `gateway: ${describeExchange(one)}`),
    ...atUpstream.slice(-MAX_EXCHANGES).map((one) => `upstream: ${describeExchange(one)}`),
    `the daemon printed: ${tail(gateway.output(), MAX_OUTPUT)}`,
  ].join('\n\n');
}

/** The end of the request is what is new in a conversation. */
const describeExchange = ({ method, path, requestBody, status, responseBody }: Exchange): string =>
  `${method} ${path} ${status ?? 'unanswered'}\n> ${tail(requestBody.toString(), MAX_BODY)}\n< ${tail(responseBody.toString(), MAX_BODY)}`;

const tail = (text: string, length: number): string => (text.length <= length ? text : `…${text.slice(-length)}`);

/** Where what the gateway passed on differs from what it got; empty when every byte is the same, there and back. */
export function bytesChanged({ atGateway, atUpstream }: Work): readonly string[] {
  return atGateway.flatMap((one, index) => {
    const other = atUpstream[index];
    if (other === undefined) return [`${one.path} did not reach the upstream`];
    return [
      ...firstDifference(`request of ${one.path}`, one.requestBody, other.requestBody),
      ...firstDifference(`answer of ${other.path}`, other.responseBody, one.responseBody),
    ];
  });
}

const CONTEXT = 60;

function firstDifference(what: string, before: Buffer, after: Buffer): readonly string[] {
  if (before.equals(after)) return [];
  const differs = before.findIndex((byte, index) => byte !== after[index]);
  const at = differs === -1 ? before.length : differs;
  const near = (bytes: Buffer): string => bytes.toString('utf8', Math.max(0, at - CONTEXT), at + CONTEXT);
  return [`${what}, byte ${at}: ${near(before)} became ${near(after)}`];
}
