import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { buildCli, type Cli, type CliBuild } from '../support/cli.js';

let build: CliBuild;
let cli: Cli;
let folder: string;
beforeAll(async () => {
  build = await buildCli();
  cli = await build.open();
  folder = await mkdtemp(join(tmpdir(), 'cliproxyctl-trace-'));
  await writeFile(
    join(folder, 'hooks.mjs'),
    `import { appendFileSync } from 'node:fs';
export async function resolve(specifier, context, next) {
  const found = await next(specifier, context);
  appendFileSync(process.env.TRACE_FILE, found.url + '\\n');
  return found;
}`,
  );
  await writeFile(
    join(folder, 'trace.mjs'),
    `import { register } from 'node:module';\nregister(${JSON.stringify(pathToFileURL(join(folder, 'hooks.mjs')).href)});`,
  );
});
afterAll(async () => {
  await cli.close();
  await build.remove();
  await rm(folder, { recursive: true, force: true });
});

/** What a command imports: our own files by base name, packages by name. */
async function importsOf(args: readonly string[]): Promise<{ own: string[]; packages: string[] }> {
  const traceFile = join(folder, `${args.join('')}.txt`);
  const result = await cli.run(args, {
    nodeArgs: ['--import', pathToFileURL(join(folder, 'trace.mjs')).href],
    env: { TRACE_FILE: traceFile },
  });
  expect(result.code).toBe(0);
  const urls = (await readFile(traceFile, 'utf8')).trim().split('\n');
  const packages = urls.flatMap((url) => /\/node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url)?.[1] ?? []);
  const own = urls.filter((url) => url.includes('/dist/')).map((url) => url.replace(/^.*\/dist\//, ''));
  return { own, packages: [...new Set(packages)] };
}

test('--version loads nothing but its own entry and the version', async () => {
  const { own, packages } = await importsOf(['--version']);
  expect(packages).toEqual([]);
  expect(own.filter((name) => name !== 'cli/main.js').length).toBeLessThanOrEqual(1);
});

test('--help loads commander and no other package, and no command', async () => {
  const { own, packages } = await importsOf(['--help']);
  expect(packages).toEqual(['commander']);
  expect(own.filter((name) => /(status|setup|doctor|conduct|context)-/.test(name))).toEqual([]);
});

test('a command that only asks the daemon loads no YAML and no questions', async () => {
  const { packages } = await importsOf(['stop']);
  expect(packages).toContain('zod');
  expect(packages.filter((name) => name === 'ora' || name.startsWith('@inquirer'))).toEqual([]);
});
