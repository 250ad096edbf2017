// How long the choice of a credential takes: `node test/bench/select.js`. Compiles the sources itself.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const CREDENTIALS = 1000;
const TURNS = 200_000;
const root = new URL('../../', import.meta.url).pathname;
const folder = await mkdtemp(join(tmpdir(), 'cliproxyctl-select-'));
const outfile = join(folder, 'pool.mjs');
await build({
  stdin: {
    contents: ['pool', 'health', 'loads', 'route', 'selectors', 'sticky']
      .map((name) => `export * from './src/daemon/pool/${name}.ts';`)
      .join('\n'),
    resolveDir: root,
  },
  bundle: true,
  platform: 'node',
  format: 'esm',
  outfile,
});
const { openPool, openHealth, openLoads, openRoute, openSelector, openStickySessions } = await import(
  pathToFileURL(outfile).href
);
await rm(folder, { recursive: true });

const model = { id: 'm', userDefined: true, traits: new Set() };
const route = openRoute(
  'm',
  Array.from({ length: CREDENTIALS }, (_, index) => ({
    credential: {
      id: `credential-${index}`,
      providerName: 'acme',
      priority: index % 3,
      weight: 1 + (index % 5),
      maxConcurrent: 10,
      rules: [],
    },
    offers: [{ alias: 'm', model, forceMapping: false }],
  })),
);
const policy = { requestRetry: 0, maxRetryCredentials: 0, maxRetryIntervalMs: 0, disableCooling: false };
const NONE = new Set();

function measure(name, strategy, sessionOf, prepare = () => undefined) {
  const health = openHealth();
  prepare(health);
  const pool = openPool({
    policy,
    health,
    loads: openLoads(),
    selector: openSelector(strategy),
    sessions: openStickySessions({ ttlMs: 3_600_000 }),
    now: Date.now,
    random: Math.random,
  });
  const run = () => {
    const startedAt = process.hrtime.bigint();
    for (let turn = 0; turn < TURNS; turn++) {
      pool.acquire(route, { session: sessionOf(turn), tried: NONE, round: 0 }).succeeded();
    }
    return Number(process.hrtime.bigint() - startedAt) / TURNS / 1000;
  };
  run();
  console.log(`${name.padEnd(52)} ${run().toFixed(2)} us`);
}

const bound = (turn) => ({ id: `session-${turn % 10_000}` });
const coolThird = (health) => {
  for (let index = 0; index < CREDENTIALS; index += 3) {
    health.cool(`credential-${index}`, undefined, { reason: 'quota', ms: 3_600_000 }, Date.now());
  }
};
console.log(`choice and end of a lease among ${CREDENTIALS} credentials (goal: 5 us with affinity)`);
for (const strategy of ['round-robin', 'weighted-round-robin', 'fill-first']) {
  measure(`${strategy}, 10 000 bound sessions`, strategy, bound);
  measure(`${strategy}, 10 000 bound sessions, a third rests`, strategy, bound, coolThird);
  measure(`${strategy}, no session`, strategy, () => undefined);
}
