import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command, CommanderError } from 'commander';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse as parseYaml } from 'yaml';
import type { CliContext } from '../src/cli/context.js';
import { chooseProvider, LOGIN_KINDS } from '../src/cli/login/providers.js';
import { openCatalog } from '../src/daemon/models/catalog.js';
import { ACCOUNT_PROVIDERS, PROVIDERS } from '../src/daemon/providers/registry.js';
import { parseConfig } from '../src/shared/config/load.js';
import { configSchema } from '../src/shared/config/schema.js';
import { ACCOUNT_CONTRACTS } from './daemon/providers/contract/contracts.js';
import { startGate } from './support/provider-contract-gate.js';
import { openRig } from './support/provider-contract-rig.js';

const FOLDER = 'docs/providers';
const KEY_PAGE = 'openai-compatible.md';
const HEADINGS = ['Log in', 'Models', 'Limits', 'Policy card', 'Known quirks'];

const textOf = (page: string): string => readFileSync(join(FOLDER, page), 'utf8');
const section = (text: string, title: string): string =>
  text.split(/^## /m).find((part) => part.startsWith(`${title}\n`)) ?? '';
const matches = (text: string, pattern: RegExp): string[] => [...text.matchAll(pattern)].map((match) => match[1] ?? '');

/** A page has its provider's channel for a name, or what people type to log in. */
function pageOf(channel: string): string {
  const typed = LOGIN_KINDS.find((kind) => kind.kind === 'account' && kind.channel === channel)?.name ?? channel;
  const names = [channel, typed].map((name) => `${name}.md`);
  return names.find((name) => existsSync(join(FOLDER, name))) ?? `${channel}.md`;
}

const hasPage = (channel: string): boolean => existsSync(join(FOLDER, pageOf(channel)));
const WITH_PAGE = ACCOUNT_PROVIDERS.filter(({ channel }) => hasPage(channel));
const PAGES = [...WITH_PAGE.map(({ channel }) => pageOf(channel)), KEY_PAGE];

test('every provider has a page', () => {
  expect(ACCOUNT_PROVIDERS.filter((each) => !WITH_PAGE.includes(each)).map(({ channel }) => channel)).toEqual([]);
});

/** Command lines in the text: of code spans, and of code blocks. */
const commandsIn = (text: string): string[] => [
  ...matches(text, /`(cliproxyctl [^`\n]+)`/g),
  ...matches(text, /^(?:[A-Z_]+=\S+ )?(cliproxyctl [^\n#]+)/gm),
];

/** Words as a shell has them; what is piped or redirected belongs to it. */
const wordsOf = (line: string): string[] =>
  (line.split(/ [<>|] ?/)[0] ?? '').match(/"[^"]*"|'[^']*'|\S+/g)?.map((word) => word.replaceAll(/^["']|["']$/g, '')) ??
  [];

/** The real command of that name, which parses and then does nothing. */
async function parserOf(name: string): Promise<Command> {
  const module: Record<string, unknown> = await import(`../src/cli/commands/${name}.ts`);
  const build = module[`${name}Command`];
  if (typeof build !== 'function') throw new Error(`there is no command ${name}`);
  const command: unknown = build({} as CliContext);
  if (!(command instanceof Command)) throw new Error(`${name} is no command`);
  return mute(command);
}

function mute(command: Command): Command {
  if (!command.options.some(({ long }) => long === '--json')) command.option('--json');
  command.exitOverride().configureOutput({ writeErr: () => undefined, writeOut: () => undefined });
  command.action(() => undefined);
  for (const each of command.commands) mute(each);
  return command;
}

describe.each(PAGES)('docs/providers/%s', (page) => {
  test('has the headings that all have', () => {
    const headings = matches(textOf(page), /^## (.+)$/gm);
    expect(headings.filter((heading) => HEADINGS.includes(heading))).toEqual(HEADINGS);
  });

  test('shows commands that can be typed as they stand', async () => {
    const commands = commandsIn(textOf(page));
    expect(commands.length).toBeGreaterThan(0);
    for (const line of commands) {
      const [, name = '', ...args] = wordsOf(line);
      const command = await parserOf(name);
      const failure = await command.parseAsync(args, { from: 'user' }).then(
        () => undefined,
        (error: unknown) => {
          // Prose names commands without what they are for.
          if (error instanceof CommanderError && error.code === 'commander.missingArgument') return undefined;
          return error instanceof Error ? error.message : String(error);
        },
      );
      expect(failure, line).toBeUndefined();
      if (name === 'login') expectLogin(line, command);
    }
  });

  test('names sections of the config that there are, and shows what it reads without a complaint', () => {
    const text = textOf(page);
    const sections = new Set(Object.keys(configSchema.shape));
    for (const block of matches(text, /^```yaml\n([\s\S]*?)^```/gm)) {
      const names = Object.keys((parseYaml(block) ?? {}) as object);
      expect(names.filter((name) => !sections.has(name))).toEqual([]);
      const { problems } = parseConfig(`api-keys: [sk-a-client-key-of-docs]\n${block}`, { path: 'config.yaml' });
      expect(problems).toEqual([]);
    }
  });

  test('links to what is there', () => {
    const links = matches(textOf(page), /\]\(([^)#]+)(?:#[^)]*)?\)/g).filter((link) => !link.includes('://'));
    for (const link of links) expect(existsSync(join(FOLDER, link)), link).toBe(true);
  });
});

/** The provider is known, and has that way to log in. */
function expectLogin(line: string, command: Command): void {
  const { provider, method } = command.opts<{ provider?: string; method?: string }>();
  const named = command.args[0] ?? provider;
  if (named === undefined) return;
  const { kind } = chooseProvider(named);
  expect(kind, line).toBeDefined();
  if (method === undefined) return;
  const own = ACCOUNT_PROVIDERS.find(({ channel }) => kind?.kind === 'account' && channel === kind.channel);
  expect(
    own?.logins.map(({ id }) => id),
    line,
  ).toContain(method);
}

describe.each(WITH_PAGE)('the page of $channel', (provider) => {
  const page = pageOf(provider.channel);

  test('says how to log in to it, in each way', () => {
    const text = section(textOf(page), 'Log in');
    const typed = LOGIN_KINDS.find((kind) => kind.kind === 'account' && kind.channel === provider.channel)?.name;
    expect(text).toMatch(new RegExp(`cliproxyctl (login ${typed}|vertex import)`));
  });

  test('says what its terms say', () => {
    const card = section(textOf(page), 'Policy card');
    expect(card.toLowerCase()).toContain(provider.policy.standing);
    const others = ['permitted', 'unclear', 'forbidden'].filter((standing) => standing !== provider.policy.standing);
    const [bold = ''] = matches(card, /^\*\*([A-Za-z]+)/gm).map((word) => word.toLowerCase());
    expect(others).not.toContain(bold);
  });

  describe('names models that are served', () => {
    const contract = ACCOUNT_CONTRACTS[provider.channel];
    let served: (name: string) => boolean;
    let close: () => Promise<void>;
    beforeAll(async () => {
      if (contract === undefined) throw new Error(`${provider.channel} has no contract`);
      const stage = await contract.start();
      const gate = await startGate(stage.origin, contract.isInference);
      const { models: _listed, ...inference } = contract;
      const rig = await openRig({ stage, gate, inference, provider });
      const catalog = openCatalog();
      // Names with a vendor in front are of a list that changes every day.
      served = (name) =>
        name.includes('/') ||
        catalog.find(name) !== undefined ||
        rig.plane.explainRoute({ model: name }).chain.length > 0;
      close = async () => void (await Promise.all([rig.close(), gate.close(), stage.close()]));
    });
    afterAll(() => close());

    test('under those names', () => {
      const named = matches(section(textOf(page), 'Models'), /`([^`\s…*<>{}]+)`/g).filter((name) => MODEL.test(name));
      expect(named.filter((name) => !served(name))).toEqual([]);
    });
  });
});

/** What reads like the name of a model: a family, and a version. */
const MODEL =
  /^(?:[\w-]+\/)?(?:[a-z]+-)?(?:claude|gpt|gemini|gemma|imagen|grok|glm|kimi|minimax|deepseek|qwen)\w*-[\w.:/-]*\d[\w.:-]*$/;

test('keys of every provider that takes them have a place in the page of keys', () => {
  const text = textOf(KEY_PAGE);
  const sections = { ...SECTION_OF };
  expect(Object.keys(sections).toSorted()).toEqual(Object.keys(PROVIDERS).toSorted());
  for (const name of Object.values(sections)) expect(text).toContain(`\`${name}\``);
  for (const kind of LOGIN_KINDS) if (kind.kind === 'key') expect(text).toContain(`cliproxyctl login ${kind.name}`);
});

/** Where the keys of a provider stand in the config. */
const SECTION_OF = {
  claude: 'claude-api-key',
  gemini: 'gemini-api-key',
  codex: 'codex-api-key',
  'openai-compatibility': 'openai-compatibility',
  vertex: 'vertex-api-key',
} satisfies Readonly<Record<string, string>>;

describe('the table of providers', () => {
  const rows = matches(textOf('README.md'), /^(\| .+ \|)$/gm);

  test.each(WITH_PAGE)('has $channel, with its page, its login and its standing', ({ channel, policy }) => {
    const page = pageOf(channel);
    const row = rows.find((each) => each.includes(`(${page})`));
    expect(row).toBeDefined();
    expect(existsSync(join(FOLDER, page))).toBe(true);
    expect(row).toContain(policy.standing);
  });

  test('has a page for every row, and commands that can be typed', async () => {
    const linked = matches(rows.join('\n'), /\]\(([\w-]+\.md)\)/g);
    expect(linked).toHaveLength(ACCOUNT_PROVIDERS.length);
    for (const line of commandsIn(textOf('README.md'))) {
      const [, name = '', ...args] = wordsOf(line);
      const command = await parserOf(name);
      await expect(command.parseAsync(args, { from: 'user' }), line).resolves.toBeDefined();
      if (name === 'login') expectLogin(line, command);
    }
  });
});
