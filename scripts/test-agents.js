// Real coding agents through the gateway. They are big, so they are no devDependencies: pinned versions are installed into a
// cache folder outside the checkout (CLIPROXY_AGENTS_DIR, else the user's cache), once, and then driven headless. Their
// install scripts do not run: what those would fetch comes as platform packages, and so needs no other Node than ours.
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const AGENTS = Object.entries({
  '@anthropic-ai/claude-code': '2.1.331',
  '@openai/codex': '0.169.0',
  '@google/gemini-cli': '0.61.0',
  'opencode-ai': '1.18.33',
});

const root = fileURLToPath(new URL('..', import.meta.url));
const cache =
  process.env.CLIPROXY_AGENTS_DIR ??
  join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'cliproxyctl-agents');

const missing = AGENTS.filter(([name, version]) => installedVersion(name) !== version);
if (missing.length > 0) {
  const specs = AGENTS.map(([name, version]) => `${name}@${version}`);
  console.log(`installing ${specs.join(', ')} into ${cache}`);
  mkdirSync(cache, { recursive: true });
  // Without one, npm would install into the nearest folder above that has it.
  writeFileSync(join(cache, 'package.json'), JSON.stringify({ private: true }));
  run('npm', ['install', '--no-audit', '--no-fund', '--loglevel=error', '--ignore-scripts', ...specs], cache);
}
run('npx', ['vitest', 'run', '--config', 'vitest.agents.config.ts', ...process.argv.slice(2)], root);

function run(command, args, cwd) {
  const env = { ...process.env, CLIPROXY_AGENTS_DIR: cache };
  const { status, error } = spawnSync(command, args, { cwd, stdio: 'inherit', env });
  if (error !== undefined) throw error;
  if (status !== 0) process.exit(status ?? 1);
}

function installedVersion(name) {
  try {
    return JSON.parse(readFileSync(join(cache, 'node_modules', name, 'package.json'), 'utf8')).version;
  } catch (error) {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  }
}
