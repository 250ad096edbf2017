// node test/bench/startup.js: wall time of the command line against `node -e 0`, interleaved.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const RUNS = 21;
const bin = fileURLToPath(new URL('../../bin/cliproxyctl.js', import.meta.url));
const COMMANDS = {
  'node -e 0': ['-e', '0'],
  '--version': [bin, '--version'],
  '--help': [bin, '--help'],
};
/** The highest ratio to `node -e 0`. */
const GOALS = { '--version': 1.5, '--help': 2 };

const times = Object.fromEntries(Object.keys(COMMANDS).map((name) => [name, []]));
for (let run = 0; run < RUNS; run++) {
  for (const [name, args] of Object.entries(COMMANDS)) {
    const startedAt = performance.now();
    const { status } = spawnSync(process.execPath, args, { stdio: 'ignore' });
    if (status !== 0) throw new Error(`${name} ended with ${status}`);
    times[name].push(performance.now() - startedAt);
  }
}

const median = (list) => list.toSorted((a, b) => a - b)[Math.floor(list.length / 2)];
const base = median(times['node -e 0']);
console.log(`node -e 0: ${base.toFixed(1)} ms, median of ${RUNS}`);
let isSlow = false;
for (const [name, goal] of Object.entries(GOALS)) {
  const ratio = median(times[name]) / base;
  isSlow ||= ratio > goal;
  console.log(`${name}: ${median(times[name]).toFixed(1)} ms, ${ratio.toFixed(2)} times (goal ${goal})`);
}
process.exit(isSlow ? 1 : 0);
