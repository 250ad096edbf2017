import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, relative, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';

const run = promisify(execFile);
const report = z.object({
  summary: z.object({
    violations: z.array(z.object({ from: z.string(), to: z.string(), rule: z.object({ name: z.string() }) })),
    totalCruised: z.number(),
    ruleSetUsed: z.object({ forbidden: z.array(z.object({ name: z.string() })) }),
  }),
});

/** What the rules of this repository say about the sources in a folder. */
async function cruise(folder: string) {
  const cli = resolve('node_modules/dependency-cruiser/bin/dependency-cruise.mjs');
  const args = [cli, 'src', '--config', '.dependency-cruiser.js', '--output-type', 'json'];
  const { stdout } = await run(process.execPath, args, { cwd: folder, maxBuffer: 64 * 1024 * 1024 });
  return report.parse(JSON.parse(stdout)).summary;
}

test('who imports whom is as the rules say', async () => {
  const { violations, totalCruised, ruleSetUsed } = await cruise(resolve('.'));
  expect(violations).toEqual([]);
  expect(totalCruised).toBeGreaterThan(100);
  expect(ruleSetUsed.forbidden.map(({ name }) => name)).toEqual(Object.keys(PLANTED));
});

const CIRCLE = ['src/shared/planted-a.ts', 'src/shared/planted-b.ts'] as const;

/** One import that each rule must refuse; both ends are made up, in folders that exist. */
const PLANTED: Readonly<Record<string, readonly [from: string, to: string]>> = {
  'no-circular': CIRCLE,
  'cli-not-daemon': ['src/cli/planted.ts', 'src/daemon/ir/planted.ts'],
  'daemon-not-cli': ['src/daemon/process/planted.ts', 'src/cli/planted-to.ts'],
  'shared-is-base': ['src/shared/planted.ts', 'src/cli/planted-to.ts'],
  'ir-is-base': ['src/daemon/ir/planted-from.ts', 'src/daemon/models/planted.ts'],
  'framing-is-base': ['src/daemon/framing/planted.ts', 'src/daemon/models/planted.ts'],
  'dialect-alone': ['src/daemon/dialects/openai-chat/planted.ts', 'src/daemon/dialects/gemini-generate/planted.ts'],
  'provider-alone': ['src/daemon/providers/claude/planted.ts', 'src/daemon/providers/gemini/planted.ts'],
  'gemini-variants-only': ['src/daemon/providers/kilo/planted.ts', 'src/daemon/dialects/gemini-generate/planted-to.ts'],
  'transport-is-base': ['src/daemon/transport/planted.ts', 'src/daemon/models/planted.ts'],
  'payload-is-base': ['src/daemon/payload/planted.ts', 'src/daemon/engine/planted-to.ts'],
  'pool-below-engine': ['src/daemon/pool/planted.ts', 'src/daemon/engine/planted-to.ts'],
  'storage-is-base': ['src/daemon/storage/planted.ts', 'src/daemon/models/planted.ts'],
  'login-below-control': ['src/daemon/login/planted.ts', 'src/daemon/control/planted-to.ts'],
  'engine-below-server': ['src/daemon/engine/planted.ts', 'src/daemon/server/planted-to.ts'],
  'sdk-without-effects': ['src/daemon/sdk/planted.ts', 'src/daemon/transport/planted-to.ts'],
  'runtime-below-server': ['src/daemon/runtime/planted.ts', 'src/daemon/server/planted-to.ts'],
  'images-is-base': ['src/daemon/images/planted.ts', 'src/daemon/models/planted.ts'],
  'server-below-compose': ['src/daemon/server/planted.ts', 'src/daemon/transport/planted-to.ts'],
  'control-without-engine': ['src/daemon/control/planted.ts', 'src/daemon/engine/planted-to.ts'],
  'pages-above-control': ['src/daemon/pages/kiro/planted.ts', 'src/daemon/engine/planted-to.ts'],
  'compose-is-top': ['src/daemon/observe/planted.ts', 'src/daemon/compose.ts'],
  'undici-only-in-transport': ['src/daemon/observe/planted-undici.ts', 'undici'],
  'no-dev-dependency': ['src/shared/planted-dev.ts', 'esbuild'],
  'not-to-test': ['src/shared/planted-test.ts', 'test/planted.ts'],
};

describe('every rule bites', () => {
  let folder: string;
  let found: ReadonlySet<string>;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'cliproxyctl-rules-'));
    for (const file of ['.dependency-cruiser.js', 'tsconfig.json', 'package.json']) await cp(file, join(folder, file));
    await symlink(resolve('node_modules'), join(folder, 'node_modules'), 'junction');
    const write = async (file: string, text: string): Promise<void> => {
      await mkdir(dirname(join(folder, file)), { recursive: true });
      await writeFile(join(folder, file), text);
    };
    const plant = (from: string, to: string): Promise<void> =>
      write(from, `import * as planted from '${specifierOf(from, to)}';\nexport const from = planted;\n`);
    for (const [, to] of Object.values(PLANTED)) if (isFile(to)) await write(to, 'export const planted = 1;\n');
    for (const [from, to] of Object.values(PLANTED)) await plant(from, to);
    await plant(CIRCLE[1], CIRCLE[0]);
    const { violations } = await cruise(folder);
    found = new Set(violations.map(({ from, to, rule }) => `${rule.name}: ${from} -> ${shortTarget(to)}`));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  test.each(Object.entries(PLANTED))('%s', (name, [from, to]) => {
    expect(found).toContain(`${name}: ${from} -> ${to}`);
  });
});

const isFile = (target: string): boolean => target.endsWith('.ts');

function specifierOf(from: string, to: string): string {
  if (!isFile(to)) return to;
  const way = relative(dirname(from), to).replaceAll('\\', '/').replace(/\.ts$/, '.js');
  return way.startsWith('.') ? way : `./${way}`;
}

/** A package by its name, whatever file of it was resolved. */
const shortTarget = (to: string): string => /node_modules\/([^/]+)\//.exec(to)?.[1] ?? to;
