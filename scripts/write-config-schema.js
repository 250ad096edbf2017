// Writes config.schema.json from the zod schema in src/shared/config: `node scripts/write-config-schema.js`.
import { rm, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = new URL('../', import.meta.url);
// Inside the checkout, so that the bundle finds the packages.
const bundle = new URL('node_modules/.cache/config-schema.mjs', root);
await build({
  entryPoints: [fileURLToPath(new URL('src/shared/config/json-schema.ts', root))],
  outfile: fileURLToPath(bundle),
  bundle: true,
  packages: 'external',
  platform: 'node',
  format: 'esm',
  logLevel: 'warning',
});
const { configJsonSchemaText } = await import(bundle.href);
await writeFile(new URL('config.schema.json', root), configJsonSchemaText());
await rm(bundle);
