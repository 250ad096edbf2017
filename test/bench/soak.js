// npm run soak [-- --minutes 10 --seed 1]
// Random faults over twenty credentials, in process and on a clock that flies. Ends with 1 when a request was lost that
// somebody could have served, a credential stayed away, or the heap grew.
import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { build } from 'esbuild';

const { values } = parseArgs({
  options: { minutes: { type: 'string', default: '10' }, seed: { type: 'string', default: '1' } },
});
const MAX_GROWTH_MB = 8;

// Beside the packages, which stay outside of the bundle.
const root = fileURLToPath(new URL('../../', import.meta.url));
const folder = await mkdtemp(join(root, 'node_modules', '.soak-'));
const outfile = join(folder, 'soak.mjs');
await build({
  entryPoints: [join(root, 'test/support/soak.ts')],
  bundle: true,
  packages: 'external',
  platform: 'node',
  format: 'esm',
  outfile,
});
const { soak } = await import(pathToFileURL(outfile).href);
await rm(folder, { recursive: true });

const endsAt = Date.now() + Number(values.minutes) * 60_000;
let nextLine = Date.now() + 10_000;
const report = await soak({
  seed: Number(values.seed),
  goesOn: () => Date.now() < endsAt,
  onProgress({ requests, served, refused, broken, abandoned, lost }) {
    if (Date.now() < nextLine) return;
    nextLine = Date.now() + 10_000;
    const heap = Math.round(process.memoryUsage().heapUsed / 1024 / 1024);
    console.log(
      `${requests} requests: ${served} served, ${refused} refused, ${broken} broke off, ${abandoned} abandoned, ${lost.length} lost; heap ${heap} MB`,
    );
  },
});
const growth = report.heapAfter - report.heapBefore;
console.log({ ...report, lost: report.lost.length, growthMegabytes: Math.round(growth * 10) / 10 });
const isFine = report.lost.length === 0 && report.stuck.length === 0 && report.running === 0 && growth < MAX_GROWTH_MB;
process.exitCode = isFine ? 0 : 1;
