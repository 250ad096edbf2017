import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { findConfig } from '../../../src/shared/config/lookup.js';

let root = '';
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'lookup-'));
});
afterEach(() => rm(root, { recursive: true }));

interface Case {
  readonly name: string;
  readonly files?: Readonly<Record<string, string>>;
  readonly explicit?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly found: readonly [string, boolean, string];
}

const OURS = 'port: 1\n';

test.each<Case>([
  {
    name: 'takes --config first',
    files: { 'a.yaml': OURS },
    explicit: ' a.yaml ',
    env: { CONFIG: 'b.yaml' },
    found: ['work/a.yaml', true, 'explicit'],
  },
  {
    name: 'takes a missing --config as it is',
    files: { 'config.yaml': OURS },
    explicit: 'no.yaml',
    found: ['work/no.yaml', false, 'explicit'],
  },
  {
    name: 'passes over a blank --config',
    explicit: ' ',
    env: { CONFIG_PATH: 'b.yaml' },
    found: ['work/b.yaml', false, 'environment'],
  },
  {
    name: 'takes the variables in their order',
    env: { CONFIG_PATH: '4', CONFIG: '3', CLIPROXY_CONFIG_PATH: '2', CLIPROXY_CONFIG: ' ' },
    found: ['work/2', false, 'environment'],
  },
  {
    name: 'finds config.yaml in the working folder',
    files: { 'config.yaml': OURS, 'config/config.yaml': OURS },
    found: ['work/config.yaml', true, 'working-folder'],
  },
  {
    name: 'finds config/config.yaml there',
    files: { 'config/config.yaml': OURS },
    found: ['work/config/config.yaml', true, 'working-folder'],
  },
  {
    name: 'passes over the config.yaml of another program',
    files: { 'config.yaml': 'theme: dark\n', 'config/config.yaml': OURS },
    found: ['work/config/config.yaml', true, 'working-folder'],
  },
  {
    name: 'does not pass over a broken one of ours',
    files: { 'config.yaml': 'api-keys: [\n' },
    found: ['work/config.yaml', true, 'working-folder'],
  },
  {
    name: 'passes over a broken one of another program',
    files: { 'config.yaml': 'theme: [\n' },
    found: ['user/config.yaml', false, 'user-folder'],
  },
  {
    name: 'passes over a folder of that name',
    files: { 'config.yaml/x': '' },
    found: ['user/config.yaml', false, 'user-folder'],
  },
  {
    name: 'ends at the user’s own file',
    files: { '../user/config.yaml': OURS },
    found: ['user/config.yaml', true, 'user-folder'],
  },
  { name: 'names the user’s own file even when there is none', found: ['user/config.yaml', false, 'user-folder'] },
])('$name', async ({ files = {}, explicit, env = {}, found }) => {
  const cwd = join(root, 'work');
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(cwd, name)), { recursive: true });
    await writeFile(join(cwd, name), text);
  }
  const [path, exists, source] = found;
  expect(await findConfig({ explicit, env, cwd, userConfigDir: join(root, 'user') })).toEqual({
    path: join(root, path),
    exists,
    source,
  });
});
