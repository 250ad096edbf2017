// Bundles our own sources; packages stay imports, so that `npm ci` decides their versions.
// `node scripts/build.js [folder]`: tests build into a folder of their own.
import { execFile } from 'node:child_process';
import { chmod, cp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));
const outdir = process.argv[2] ?? join(root, 'dist');

/** The one entry that other programs import needs its types, and no Node. */
const buildLibrary = () =>
  Promise.all([
    build({
      absWorkingDir: root,
      entryPoints: ['src/daemon/sdk/translate.ts'],
      outfile: join(outdir, 'sdk/translate.js'),
      bundle: true,
      platform: 'browser',
      format: 'esm',
      target: 'es2022',
      logLevel: 'warning',
    }),
    promisify(execFile)(
      process.execPath,
      [
        join(root, 'node_modules/typescript-native/bin/tsc'),
        '-p',
        join(root, 'tsconfig.types.json'),
        '--outDir',
        join(outdir, 'types'),
      ],
      { cwd: root },
    ),
  ]);

await rm(outdir, { recursive: true, force: true });
const library = buildLibrary();
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
// Pages are shipped as they are.
await cp(join(root, 'src/daemon/pages/kiro/assets'), join(outdir, 'pages/kiro/assets'), { recursive: true });
await library;
await chmod(join(root, 'bin/cliproxyctl.js'), 0o755);
