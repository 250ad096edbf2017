// Real coding agents through the gateway. They are big, so they are no devDependencies: pinned versions are installed into a
// cache folder outside the checkout (CLIPROXY_AGENTS_DIR, else the user's cache), once, and then driven headless. The
// programs ship platform binaries, so they need no other Node than ours.
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const AGENTS = {
  '@anthropic-ai/claude-code': '2.1.331',
  '@openai/codex': '0.169.0',
  '@google/gemini-cli': '0.61.0',
  'opencode-ai': '1.18.33',
};

const cache = process.env.CLIPROXY_AGENTS_DIR ?? join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'cliproxyctl-agents');
const stamp = join(cache, 'installed.json');
const wanted = JSON.stringify(AGENTS);

if (read(stamp) !== wanted) {
  mkdirSync(cache, { recursive: true });
  console.log(`installing ${Object.entries(AGENTS).map(([name, version]) => `${name}@${version}`).join(', ')} into ${cache}`);
  writeFileSync(join(cache, 'package.json'), JSON.stringify({ private: true }));
  const specs = Object.entries(AGENTS).map(([name, version]) => `${name}@${version}`);
  run('npm', ['install', '--no-audit', '--no-fund', '--loglevel=error', '--ignore-scripts', ...specs], cache);
  writeFileSync(stamp, wanted);
}
run('npx', ['vitest', 'run', '--config', 'vitest.agents.config.ts', ...process.argv.slice(2)], fileURLToPath(new URL('..', import.meta.url)));

function run(command, args, cwd) {
  const { status } = spawnSync(command, args, { cwd, stdio: 'inherit', env: { ...process.env, CLIPROXY_AGENTS_DIR: cache } });
  if (status !== 0) process.exit(status ?? 1);
}

function read(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  }
}
