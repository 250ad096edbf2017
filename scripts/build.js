// Bundles our own sources; packages stay imports, so that `npm ci` decides their versions.
// `node scripts/build.js [folder]`: tests build into a folder of their own.
import { chmod, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));
const outdir = process.argv[2] ?? join(root, 'dist');

await rm(outdir, { recursive: true, force: true });
await build({
  absWorkingDir: root,
  entryPoints: {
    'cli/main': 'src/cli/main.ts',
    'cli/demo-upstreams': 'src/cli/demo/upstream-host.ts',
    'daemon/main': 'src/daemon/main.ts',
    'daemon/token-worker': 'src/daemon/models/token-worker.ts',
  },
  outdir,
  bundle: true,
  splitting: true,
  packages: 'external',
  platform: 'node',
  format: 'esm',
  target: 'node20.19',
  sourcemap: 'linked',
  sourcesContent: false,
  chunkNames: 'chunks/[name]-[hash]',
  logLevel: 'warning',
});
await chmod(join(root, 'bin/cliproxyctl.js'), 0o755);
