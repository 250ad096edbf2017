import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { MODEL_OF, startGateway, type TestGateway, UPSTREAM_KINDS } from '../support/gateway.js';

const cache = process.env['CLIPROXY_AGENTS_DIR'] ?? '';
const platform = `${process.platform}-${process.arch}`;
const binary = (path: string): string => join(cache, 'node_modules', path);

let gateway: TestGateway;
let home: string;
beforeAll(async () => {
  gateway = await startGateway();
});
afterAll(() => gateway.close());
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'cliproxyctl-agent-'));
});
afterEach(() => rm(home, { recursive: true, force: true }));

/** What every agent is asked: the simulated model calls the named tool with the quoted text, then repeats the result. */
const task = (tool: string): string => `Use the ${tool} tool with "echo gateway-$((40 + 2))"`;
const DONE = 'gateway-42';

/** Runs a program to its end with nothing but a temporary home. */
function run(file: string, args: readonly string[], env: Readonly<Record<string, string>>): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, {
      cwd: home,
      env: { PATH: process.env['PATH'], HOME: home, TERM: 'dumb', NO_COLOR: '1', CI: '1', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    child.stdout.on('data', (chunk) => {
      output += chunk;
    });
    child.stderr.on('data', (chunk) => {
      output += chunk;
    });
    child.on('error', reject);
    child.on('close', () => resolve(output));
  });
}

/** The tool result that the agent sent back, as the upstream saw it. */
const sawResult = (kind: keyof TestGateway['upstreams']): boolean =>
  gateway.upstreams[kind].requests.some((request) => JSON.stringify(request.body).includes(DONE));

describe.each(UPSTREAM_KINDS)('on %s', (kind) => {
  const model = MODEL_OF[kind];

  test('Claude Code completes a task with a tool call', async () => {
    const output = await run(
      binary(`@anthropic-ai/claude-code-${platform}/claude`),
      ['-p', task('Bash'), '--model', model, '--allowedTools', 'Bash'],
      { ANTHROPIC_BASE_URL: gateway.url, ANTHROPIC_AUTH_TOKEN: gateway.key, CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1', DISABLE_AUTOUPDATER: '1' },
    );
    expect(output).toContain(DONE);
    expect(sawResult(kind)).toBe(true);
  });

  test('Codex CLI completes a task with a tool call', async () => {
    await writeFile(
      join(home, 'config.toml'),
      `model = "${model}"
model_provider = "cliproxy"
[model_providers.cliproxy]
name = "cliproxy"
base_url = "${gateway.url}/v1"
env_key = "CLIPROXY_KEY"
wire_api = "responses"
`,
    );
    const output = await run(
      process.execPath,
      [
        binary('@openai/codex/bin/codex.js'),
        'exec',
        '--skip-git-repo-check',
        '--dangerously-bypass-approvals-and-sandbox',
        task('exec_command'),
      ],
      { CODEX_HOME: home, CLIPROXY_KEY: gateway.key },
    );
    expect(output).toContain(DONE);
    expect(sawResult(kind)).toBe(true);
  });

  test('Gemini CLI completes a task with a tool call', async () => {
    const output = await run(
      process.execPath,
      [binary('@google/gemini-cli/bundle/gemini.js'), '--yolo', '--model', model, '--prompt', task('run_shell_command')],
      { GOOGLE_GEMINI_BASE_URL: gateway.url, GEMINI_API_KEY: gateway.key },
    );
    expect(output).toContain(DONE);
    expect(sawResult(kind)).toBe(true);
  });

  test('opencode completes a task with a tool call', async () => {
    await writeFile(
      join(home, 'opencode.json'),
      JSON.stringify({
        provider: {
          gateway: {
            npm: '@ai-sdk/openai-compatible',
            options: { baseURL: `${gateway.url}/v1`, apiKey: gateway.key },
            models: { [model]: { name: model } },
          },
        },
        permission: { bash: 'allow' },
        autoupdate: false,
        share: 'disabled',
      }),
    );
    const output = await run(binary(`opencode-${process.platform}-${process.arch}/bin/opencode`), ['run', '--model', `gateway/${model}`, task('bash')], {
      OPENCODE_DISABLE_MODELS_FETCH: '1',
    });
    expect(output).toContain(DONE);
    expect(sawResult(kind)).toBe(true);
  });
});
