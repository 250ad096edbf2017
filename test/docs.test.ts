import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { configSchema } from '../src/shared/config/schema.js';
import { EXIT } from '../src/shared/exit.js';
import { buildCli, type Cli, type CliBuild } from './support/cli.js';
import { startGateway } from './support/gateway.js';

const DOCUMENTS = [
  'README.md',
  'CONTRIBUTING.md',
  'docs/architecture.md',
  'docs/logins.md',
  'docs/providers/kiro.md',
  'docs/providers/kilo.md',
  'docs/providers/claude.md',
  'docs/providers/codex.md',
  'docs/providers/copilot.md',
  'docs/providers/antigravity.md',
];
const textOf = (file: string): string => readFileSync(file, 'utf8');
const matches = (text: string, pattern: RegExp): string[] => [...text.matchAll(pattern)].map((match) => match[1] ?? '');
const section = (text: string, title: string): string =>
  text.split(/^## /m).find((part) => part.startsWith(title)) ?? '';
const README = textOf('README.md');

describe('commands', () => {
  let build: CliBuild;
  let cli: Cli;
  beforeAll(async () => {
    build = await buildCli();
    cli = await build.open();
  });
  afterAll(async () => {
    await cli.close();
    await build.remove();
  });

  /** `keys add|list` as `keys add` and `keys list`; options are left out. */
  const expanded = (line: string): string[] => {
    const [name = '', ...rest] = line.split(' ').filter((word) => /^[a-z|-]+$/.test(word));
    const [subcommands] = rest;
    return subcommands === undefined ? [name] : subcommands.split('|').map((word) => `${name} ${word}`);
  };
  const inText = DOCUMENTS.flatMap((file) => matches(textOf(file), /cliproxyctl ((?:[a-z]+)(?: [a-z]+)?)(?=[` \n)])/g));
  const listed = matches(section(README, 'Commands').split('Each takes')[0] ?? '', /`([^`]+)`/g);
  const documented = [
    ...new Set([...inText.filter((line) => !line.includes(' ')), ...inText, ...listed].flatMap(expanded)),
  ];

  test('are all found in the documents', () => {
    expect(documented).toEqual(
      expect.arrayContaining(['setup', 'start', 'keys add', 'config schema', 'completion fish']),
    );
  });

  test.each(documented)('"%s" exists', async (line) => {
    const [name = '', argument] = line.split(' ');
    const help = await cli.run([name, '--help']);
    expect(help).toMatchObject({ code: 0, stderr: '' });
    if (argument !== undefined) expect(help.stdout).toMatch(new RegExp(`^  ${argument}\\b|"${argument}"`, 'm'));
  });

  test('none is left out', async () => {
    const { stdout } = await cli.run(['--help']);
    const names = matches(stdout, /^ {2}([a-z]+) /gm).filter((name) => name !== 'help');
    expect(names.toSorted()).toEqual([...new Set(listed.map((line) => line.split(' ')[0]))].toSorted());
  });
});

test('exit codes are told as they are', () => {
  const codes = matches(section(README, 'Commands').split('Exit codes:')[1] ?? '', /(\d+) [a-z]/g).map(Number);
  expect(codes).toEqual(Object.values(EXIT));
});

test.each(DOCUMENTS)('the links of %s lead somewhere', (file) => {
  const links = matches(textOf(file), /\]\(([^)#]+)\)/g).filter((link) => !link.includes('://'));
  for (const link of links) expect(existsSync(join(dirname(file), link)), link).toBe(true);
});

describe('paths', () => {
  // Inside the daemon, and for one provider of many, the documents leave the common part out.
  const ROOTS = ['', 'src/daemon', 'src/daemon/dialects', 'src/daemon/providers/claude'];
  // `cliproxyctl/...` is an entry of the package, which the test of its library imports.
  const FOREIGN = /^(\/|~|v1|path\/|cliproxyctl\/|anthropic\/|config\.yaml$)/;
  const named = DOCUMENTS.flatMap((file) =>
    matches(textOf(file), /`([\w.-]*[\w-]\/[\w./-]*|[\w-]+(?:\.[\w-]+)*\.(?:ts|yaml|md|js))`/g),
  );
  const paths = [...new Set(named.filter((path) => !FOREIGN.test(path)))];

  test('are found in the documents', () => {
    expect(paths).toEqual(expect.arrayContaining(['config.example.yaml', 'engine/conduct.ts', 'src/daemon/pool']));
  });

  test.each(paths)('%s exists', (path) => {
    expect(ROOTS.some((root) => existsSync(join(root, path)))).toBe(true);
  });
});

test('every folder of the daemon has its row in the table', () => {
  const rows = matches(textOf('docs/architecture.md'), /^\| `src\/daemon\/([a-z]+)` \|/gm);
  const folders = readdirSync('src/daemon', { withFileTypes: true }).filter((entry) => entry.isDirectory());
  const filled = folders.filter(({ name }) => readdirSync(join('src/daemon', name)).length > 0).map(({ name }) => name);
  expect(rows.toSorted()).toEqual(filled.toSorted());
});

test('every script that is named exists', () => {
  const { scripts } = z.object({ scripts: z.record(z.string(), z.string()) }).parse(JSON.parse(textOf('package.json')));
  const named = DOCUMENTS.flatMap((file) => matches(textOf(file), /npm run ([a-z:]+)/g));
  expect(named.length).toBeGreaterThan(2);
  for (const name of named) expect(scripts).toHaveProperty([name]);
});

test('every config section that is named exists', () => {
  const named = matches(section(README, 'What is served'), /\| `([a-z-]+)` \|/g);
  expect(named).toContain('claude-api-key');
  const sections = Object.keys(configSchema.shape);
  expect(named.filter((name) => !sections.includes(name))).toEqual([]);
});

test('every route that is named is served', async () => {
  const gateway = await startGateway();
  try {
    const methods = matches(section(README, 'What is served'), /`((?:POST |GET )?\/[^`]+)`/g);
    expect(methods.length).toBeGreaterThan(8);
    for (const route of methods.filter((one) => one !== '/v1')) {
      const [method, path] = route.startsWith('/') ? ['GET', route] : route.split(' ');
      const url = `${gateway.url}${(path ?? '').replace('{model}', 'm')}`;
      const reply = await fetch(url, { method: method ?? 'GET', headers: { 'x-api-key': gateway.key } });
      expect(await reply.text(), route).not.toMatch(/route_not_found|no route/);
    }
  } finally {
    await gateway.close();
  }
});
