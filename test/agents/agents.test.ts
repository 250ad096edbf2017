import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { type DaemonGateway, startDaemonGateway } from '../support/daemon-gateway.js';
import { UPSTREAM_KINDS } from '../support/gateway.js';
import { agentsIn } from './agents.js';
import { bytesChanged, describeWork, work } from './work.js';

const folder = process.env['CLIPROXY_AGENTS_DIR'];
if (folder === undefined) throw new Error('the agents are not installed: run this with npm run test:agents');
const { claudeCode, codex, geminiCli, opencode } = agentsIn(join(folder, 'node_modules'));

let gateway: DaemonGateway;
beforeAll(async () => {
  gateway = await startDaemonGateway();
  return () => gateway.close();
});

const pairs = [claudeCode, codex, geminiCli, opencode].flatMap((agent) =>
  UPSTREAM_KINDS.map((kind) => ({ agent, name: agent.name, kind })),
);

describe.concurrent('through the daemon', () => {
  test.each(pairs)('$name completes a task with a tool call on $kind', async ({ agent, kind }) => {
    const run = await work(gateway, agent, kind, 'task');
    const seen = {
      code: run.code,
      isDone: run.output.includes(run.done),
      isResultUpstream: run.atUpstream.some(({ requestBody }) => requestBody.includes(run.done)),
      refused: [...run.atGateway, ...run.atUpstream].filter(({ status }) => status !== 200).length,
      strangers: run.strangers,
    };
    const wanted = { code: 0, isDone: true, isResultUpstream: true, refused: 0, strangers: [] };
    expect(seen, describeWork(run, gateway)).toEqual(wanted);
  });

  test.each([
    { agent: claudeCode, name: claudeCode.name, kind: 'anthropic-messages' },
    { agent: codex, name: codex.name, kind: 'openai-responses' },
    { agent: geminiCli, name: geminiCli.name, kind: 'gemini-generate' },
    { agent: opencode, name: opencode.name, kind: 'openai-chat' },
  ] as const)('$name gets every byte through to $kind and back', async ({ agent, kind }) => {
    const run = await work(gateway, agent, kind, 'bytes');
    expect(bytesChanged(run), describeWork(run, gateway)).toEqual([]);
    expect(run.atUpstream).toHaveLength(run.atGateway.length);
    expect(run.atUpstream.length).toBeGreaterThan(1);
  });
});
