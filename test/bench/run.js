// npm run bench [-- --rounds 9 --only slow500,small --mode relay]
// CPU seconds of the gateway's processes per unit of work, ours against a bare proxy, interleaved in one run. Linux only:
// the figures come from /proc.
import { fork, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const here = (name) => fileURLToPath(new URL(name, import.meta.url));
const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '9' },
    only: { type: 'string' },
    mode: { type: 'string' },
    json: { type: 'boolean', default: false },
  },
});
const ROUNDS = Number(values.rounds);
const KEY = 'sk-bench-client-key';

const messages = [{ role: 'user', content: 'Say something.' }];
const conversation = Array.from({ length: 400 }, (_, index) => ({
  role: index % 2 === 0 ? 'user' : 'assistant',
  content: `turn ${index}: ${'lorem ipsum dolor sit amet, consectetur adipiscing elit. '.repeat(42)}`,
}));
conversation.push({ role: 'user', content: 'Go on.' });
const tools = Array.from({ length: 40 }, (_, index) => ({
  type: 'function',
  function: {
    name: `tool_${index}`,
    description: 'Reads a file and returns its lines.',
    parameters: {
      type: 'object',
      properties: { path: { type: 'string' }, limit: { type: 'integer' } },
      required: ['path'],
    },
  },
}));

// The highest ratios to bare are in GOALS.
const SCENARIOS = {
  small: {
    body: { messages, stream: false },
    connections: 32,
    requests: 4000,
    chunks: 1,
    interval: 0,
    unit: 'requests',
  },
  burst: { body: { messages, stream: true }, connections: 8, requests: 400, chunks: 200, interval: 0, unit: 'chunks' },
  slow500: {
    body: { messages, stream: true },
    connections: 500,
    requests: 1000,
    chunks: 40,
    interval: 50,
    unit: 'chunks',
  },
  ctx1m: {
    body: { messages: conversation, tools, stream: false },
    connections: 4,
    requests: 160,
    chunks: 1,
    interval: 0,
    unit: 'requests',
  },
};
const GOALS = {
  relay: { small: 1.5, burst: 1.5, slow500: 1.5, ctx1m: 1.5 },
  translate: { small: 1.6, burst: 1.6, slow500: 1.6, ctx1m: 1.6 },
};

const children = [];
const pinned = spawnSync('taskset', ['-c', '0', 'true']).status === 0;
const home = mkdtempSync(join(tmpdir(), 'cliproxyctl-bench-'));
process.on('exit', () => {
  for (const child of children) child.kill();
  rmSync(home, { recursive: true, force: true });
});
process.on('SIGINT', () => process.exit(130));

const upstream = await start(here('upstream.js'), [], 1);
const load = await start(here('load.js'), [], 1);
const rows = [];
for (const mode of values.mode?.split(',') ?? ['relay', 'translate']) {
  for (const [name, scenario] of Object.entries(SCENARIOS)) {
    if (values.only !== undefined && !values.only.split(',').includes(name)) continue;
    rows.push(await compare(mode, name, scenario));
  }
}
report(rows);
process.exit(rows.every(({ ratio, goal, short }) => ratio <= goal && short === 0) ? 0 : 1);

async function compare(mode, name, scenario) {
  const base = `/${scenario.chunks}/${scenario.interval}`;
  const origin = `http://127.0.0.1:${upstream.port}`;
  const bare = await start(here('bare.js'), [mode, origin, base], 0);
  const ours = await startOurs(mode, `${origin}${base}`);
  const samples = { bare: [], ours: [] };
  let short = 0;
  await drive(bare, scenario, 0.2);
  await drive(ours, scenario, 0.2);
  for (let round = 0; round < ROUNDS; round++) {
    for (const [who, target] of [
      ['bare', bare],
      ['ours', ours],
    ]) {
      const before = cpuSeconds(target.child.pid);
      const result = await drive(target, scenario, 1);
      const cpu = cpuSeconds(target.child.pid) - before;
      const units = scenario.unit === 'chunks' ? result.chunks : result.requests;
      samples[who].push({ cpu: cpu / units, p99Ms: result.p99Ms });
      short += result.short;
    }
  }
  bare.child.kill();
  await stopOurs(ours);
  const bareCpu = median(samples.bare.map(({ cpu }) => cpu));
  const oursCpu = median(samples.ours.map(({ cpu }) => cpu));
  const scale = scenario.unit === 'chunks' ? 1e6 : 1e3;
  const row = {
    mode,
    scenario: name,
    unit: scenario.unit === 'chunks' ? '1M chunks' : '1k requests',
    bare: bareCpu * scale,
    ours: oursCpu * scale,
    ratio: oursCpu / bareCpu,
    goal: GOALS[mode][name],
    bareP99Ms: median(samples.bare.map(({ p99Ms }) => p99Ms)),
    oursP99Ms: median(samples.ours.map(({ p99Ms }) => p99Ms)),
    short,
  };
  process.stderr.write(`${mode} ${name}: ${row.ratio.toFixed(2)}\n`);
  return row;
}

function drive(target, scenario, share) {
  const requests = Math.max(scenario.connections, Math.round(scenario.requests * share));
  const job = {
    port: target.port,
    headers: { 'content-type': 'application/json', authorization: `Bearer ${KEY}` },
    body: JSON.stringify({ model: 'bench', ...scenario.body }),
    connections: scenario.connections,
    requests,
    expectChunks: scenario.chunks,
    intervalMs: scenario.interval,
  };
  return new Promise((resolve, reject) => {
    load.child.once('message', resolve);
    load.child.once('exit', () => reject(new Error('the load generator died')));
    load.child.send(job);
  });
}

async function start(file, args, cpu) {
  const child = fork(file, args, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  pin(child.pid, cpu);
  children.push(child);
  const message = await new Promise((resolve, reject) => {
    child.once('message', resolve);
    child.once('exit', (code) => reject(new Error(`${file} ended with ${code}`)));
  });
  child.removeAllListeners('exit');
  return { child, port: message.port };
}

/** Our daemon as `start` runs it: a primary and one worker, log file on. */
async function startOurs(mode, base) {
  const port = 20_000 + Math.floor(Math.random() * 20_000);
  const folder = mkdtempSync(join(home, 'run-'));
  const provider =
    mode === 'relay'
      ? `openai-compatibility:\n  - name: bench\n    base-url: ${base}\n    api-key-entries: [{ api-key: up }]\n    models: [{ name: bench }]\n`
      : `claude-api-key:\n  - api-key: up\n    base-url: ${base}\n    models: [{ name: bench }]\n`;
  writeFileSync(join(folder, 'config.yaml'), `port: ${port}\napi-keys: [${KEY}]\nworkers: 1\n${provider}`, {
    mode: 0o600,
  });
  const env = { ...process.env, CLIPROXY_HOME: folder };
  const args = [here('../../bin/cliproxyctl.js'), 'run', '--config', join(folder, 'config.yaml')];
  const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'ignore', 'inherit'] });
  children.push(child);
  const deadline = Date.now() + 20_000;
  for (;;) {
    const up = await fetch(`http://127.0.0.1:${port}/readyz`).then(
      (reply) => reply.ok,
      () => false,
    );
    if (up) break;
    if (Date.now() > deadline) throw new Error('the daemon did not become ready');
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  for (const pid of family(child.pid)) pin(pid, 0);
  return { child, port };
}

async function stopOurs({ child }) {
  const gone = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  await gone;
}

function pin(pid, cpu) {
  if (pinned) spawnSync('taskset', ['-acp', String(cpu), String(pid)]);
}

/** A process and all its descendants. */
function family(root) {
  const parents = new Map();
  for (const entry of readdirSync('/proc')) {
    if (!/^\d+$/.test(entry)) continue;
    try {
      const stat = readFileSync(`/proc/${entry}/stat`, 'utf8');
      parents.set(Number(entry), Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]));
    } catch (error) {
      // It ended while we were looking.
      if (error.code !== 'ENOENT' && error.code !== 'ESRCH') throw error;
    }
  }
  const found = [root];
  for (const pid of found) for (const [child, parent] of parents) if (parent === pid) found.push(child);
  return found;
}

/** User and system time of a process and its descendants; a clock tick is 10 ms on Linux. */
function cpuSeconds(root) {
  let ticks = 0;
  for (const pid of family(root)) {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    ticks += Number(fields[11]) + Number(fields[12]);
  }
  return ticks / 100;
}

function median(list) {
  const sorted = list.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}

function report(list) {
  if (values.json) {
    console.log(JSON.stringify(list));
    return;
  }
  console.log(
    `CPU seconds per unit, medians of ${ROUNDS} interleaved rounds, gateway ${pinned ? 'pinned to one CPU' : 'not pinned'}\n`,
  );
  console.log('mode       scenario  unit          bare     ours   ratio  goal   p99 delay bare/ours');
  for (const row of list) {
    const delay = row.scenario === 'slow500' ? `${row.bareP99Ms.toFixed(1)} / ${row.oursP99Ms.toFixed(1)} ms` : '';
    console.log(
      `${row.mode.padEnd(10)} ${row.scenario.padEnd(9)} ${row.unit.padEnd(12)} ${row.bare.toFixed(3).padStart(7)} ${row.ours.toFixed(3).padStart(8)} ${row.ratio.toFixed(2).padStart(7)} ${row.goal.toFixed(2).padStart(5)}   ${delay}${row.short > 0 ? ` ${row.short} streams short` : ''}`,
    );
  }
}
