import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { account, startVendorGateway } from '../support/vendor-gateway.js';
import { CLAUDE_TOKEN, startFakeClaude } from '../support/vendors/claude.js';
import { codexFile, startFakeCodex } from '../support/vendors/codex.js';
import { copilotFile, startFakeCopilot } from '../support/vendors/copilot.js';
import type { Front } from '../support/vendors/front.js';
import { type Agent, agentsIn } from './agents.js';
import { runAgent } from './program.js';

const folder = process.env['CLIPROXY_AGENTS_DIR'];
if (folder === undefined) throw new Error('the agents are not installed: run this with npm run test:agents');
const { claudeCode, codex } = agentsIn(join(folder, 'node_modules'));

/** Lets an agent run a command through its own vendor's login, in front of a vendor that refuses what is not genuine. */
async function work(
  agent: Agent,
  model: string,
  vendor: Front,
  settings: string,
  file: Parameters<typeof account>[1],
  more: Parameters<typeof account>[2] = {},
) {
  const gateway = await startVendorGateway(settings, [account('login.json', file, more)]);
  const home = await mkdtemp(join(tmpdir(), 'cliproxyctl-agent-'));
  try {
    await Promise.all(['work', 'tmp'].map((name) => mkdir(join(home, name))));
    const prompt = `Use the ${agent.shellTool} tool with "printf %s-%s by login"`;
    const call = await agent.prepare({ url: gateway.url, key: gateway.key, model, prompt, home });
    const nowhere = { HTTP_PROXY: 'http://127.0.0.1:9', HTTPS_PROXY: 'http://127.0.0.1:9', NO_PROXY: '127.0.0.1' };
    const run = await runAgent({ ...call, env: { ...call.env, ...nowhere } }, home);
    return { ...run, seen: vendor.seen, quota: gateway.plane.quota() };
  } finally {
    await gateway.close();
    await rm(home, { recursive: true, force: true, maxRetries: 5 });
  }
}

test('Claude Code works through a Claude login, as itself', async () => {
  const model = 'claude-sonnet-4-5-20250929';
  const vendor = await startFakeClaude([model]);
  vendor.limits = {
    'anthropic-ratelimit-unified-5h-status': 'allowed',
    'anthropic-ratelimit-unified-5h-utilization': '0.5',
  };
  vendor.refusesOthers = true;
  const file = { type: 'claude', access_token: CLAUDE_TOKEN };
  const run = await work(claudeCode, model, vendor, `oauth-upstream: { claude: '${vendor.origin}' }\n`, file);
  await vendor.close();
  expect(run.code, run.output).toBe(0);
  expect(run.output).toContain('by-login');
  expect(run.seen.length).toBeGreaterThan(1);
  for (const { headers, query } of run.seen) {
    expect(headers['user-agent']).toMatch(/^claude-cli\//);
    expect(query.get('beta')).toBe('true');
  }
  expect(run.quota[0]?.facts.windows).toMatchObject([{ id: 'five_hour', usedPercent: 50 }]);
});

test('Codex CLI works through a ChatGPT login, as itself', async () => {
  const vendor = await startFakeCodex(['gpt-5.5']);
  const settings = `oauth-endpoints: { codex: { api: '${vendor.origin}/backend-api' } }\n`;
  const run = await work(codex, 'gpt-5.5', vendor, settings, codexFile());
  await vendor.close();
  expect(run.code, run.output).toBe(0);
  expect(run.output).toContain('by-login');
  const turns = run.seen.filter(({ path }) => path.endsWith('/responses'));
  expect(turns.length).toBeGreaterThan(1);
  for (const { headers } of turns) expect(headers['originator']).toMatch(/^codex/);
});

const CLAUDE_AT_COPILOT = 'claude-sonnet-4.6';
const GPT_AT_COPILOT = 'gpt-5.4';
const listed = (id: string, endpoints: readonly string[]) => ({
  id,
  userDefined: false,
  traits: [],
  endpoints,
  planMultiplier: 1,
  maxOutputTokens: 32_000,
});

test.each([
  { agent: claudeCode, name: claudeCode.name, model: CLAUDE_AT_COPILOT, path: '/v1/messages' },
  { agent: codex, name: codex.name, model: GPT_AT_COPILOT, path: '/responses' },
  { agent: claudeCode, name: claudeCode.name, model: GPT_AT_COPILOT, path: '/responses' },
  { agent: codex, name: codex.name, model: CLAUDE_AT_COPILOT, path: '/v1/messages' },
])('$name works through a Copilot login with $model, under our own name', async ({ agent, model, path }) => {
  const vendor = await startFakeCopilot({
    'openai-responses': GPT_AT_COPILOT,
    'anthropic-messages': CLAUDE_AT_COPILOT,
  });
  const settings = `oauth-endpoints: { github-copilot: { api: '${vendor.origin}' } }
oauth-upstream: { github-copilot: '${vendor.origin}' }
`;
  const models = [
    listed(CLAUDE_AT_COPILOT, ['/v1/messages', '/chat/completions']),
    listed(GPT_AT_COPILOT, ['/responses']),
  ];
  const run = await work(agent, model, vendor, settings, copilotFile(), { models });
  await vendor.close();
  expect(run.code, run.output).toBe(0);
  expect(run.output).toContain('by-login');
  const turns = run.seen.filter((each) => each.path === path);
  expect(turns.length).toBeGreaterThan(1);
  // The tool's result is the agent's own doing, which costs no premium request.
  expect(turns.map(({ headers }) => headers['x-initiator'])).toContain('user');
  expect(turns.at(-1)?.headers['x-initiator']).toBe('agent');
});

test('Claude Code works through a ChatGPT login, in the name of the gateway', async () => {
  const vendor = await startFakeCodex(['gpt-5.5']);
  const settings = `oauth-endpoints: { codex: { api: '${vendor.origin}/backend-api' } }\n`;
  const run = await work(claudeCode, 'gpt-5.5', vendor, settings, codexFile());
  await vendor.close();
  expect(run.code, run.output).toBe(0);
  expect(run.output).toContain('by-login');
  const turns = run.seen.filter(({ path }) => path.endsWith('/responses'));
  expect(turns.length).toBeGreaterThan(1);
  for (const { headers } of turns) expect(headers['originator']).toBe('cliproxyctl');
});

test('Codex CLI is not served by a Claude login, and hears why', async () => {
  const model = 'claude-sonnet-4-5-20250929';
  const vendor = await startFakeClaude([model]);
  const file = { type: 'claude', access_token: CLAUDE_TOKEN };
  const run = await work(codex, model, vendor, `oauth-upstream: { claude: '${vendor.origin}' }\n`, file);
  await vendor.close();
  expect(run.seen).toEqual([]);
  expect(run.output).toMatch(/Claude Code/);
});
