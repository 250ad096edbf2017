import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parse, stringify } from 'yaml';
import { type ConfigEdit, editConfig, writeConfigFile } from '../../../src/shared/config/edit.js';
import { hashConfig } from '../../../src/shared/config/load.js';
import { AppError } from '../../../src/shared/errors.js';

const set = (path: (string | number)[], value: unknown): ConfigEdit => ({ type: 'set', path, value });
const remove = (...path: (string | number)[]): ConfigEdit => ({ type: 'remove', path });
const append = (path: (string | number)[], value: unknown): ConfigEdit => ({ type: 'append', path, value });

const COMMENTED = `# My gateway
# second line

host: '127.0.0.1'   # quoted as I like it
port:   8317
api-keys:           # my clients
    # the laptop
    - "one"         # since May
    # the phone
    - 'two'

streaming: { keepalive-seconds: 15,   bootstrap-retries: 1 }   # flow
note: this line is long and must not be folded, whatever its length may be, because somebody wrote it on one line and likes it like that
claude-api-key:
    # work
    - api-key: sk-1   # never show
      # faster
      priority: 5
      models: [ { name: a,  alias: b }, {name: c} ]
    # home
    - api-key: sk-2
      headers:
          X-Team: core   # mine
    #- api-key: sk-3

text: |
    two
    lines
unknown-to-all: {keep: [1,2 , 3]}
# the end
`;

/** The lines of one text that are not in the other, as `-` and `+`. */
function difference(before: string, after: string): string[] {
  const [old, now] = [before.split('\n'), after.split('\n')];
  let start = 0;
  while (start < old.length && start < now.length && old[start] === now[start]) start++;
  let end = 0;
  while (end < old.length - start && end < now.length - start && old.at(-1 - end) === now.at(-1 - end)) end++;
  return [
    ...old.slice(start, old.length - end).map((line) => `-${line}`),
    ...now.slice(start, now.length - end).map((line) => `+${line}`),
  ];
}

describe('editConfig changes nothing but', () => {
  test.each<[string, ConfigEdit, string[]]>([
    ['a number, and keeps the spaces before it', set(['port'], 1), ['-port:   8317', '+port:   1']],
    [
      'a text, in its own quotes',
      set(['host'], "it's"),
      ["-host: '127.0.0.1'   # quoted as I like it", "+host: 'it''s'   # quoted as I like it"],
    ],
    ['an item', set(['api-keys', 0], 'x'), ['-    - "one"         # since May', '+    - "x"         # since May']],
    [
      'a member in flow style',
      set(['streaming', 'keepalive-seconds'], 0),
      [
        '-streaming: { keepalive-seconds: 15,   bootstrap-retries: 1 }   # flow',
        '+streaming: { keepalive-seconds: 0,   bootstrap-retries: 1 }   # flow',
      ],
    ],
    [
      'a new member in flow style',
      set(['streaming', 'x'], 'a b'),
      [
        '-streaming: { keepalive-seconds: 15,   bootstrap-retries: 1 }   # flow',
        '+streaming: { keepalive-seconds: 15,   bootstrap-retries: 1, x: "a b" }   # flow',
      ],
    ],
    [
      'a removed one',
      remove('streaming', 'keepalive-seconds'),
      [
        '-streaming: { keepalive-seconds: 15,   bootstrap-retries: 1 }   # flow',
        '+streaming: { bootstrap-retries: 1 }   # flow',
      ],
    ],
    ['an appended item', append(['api-keys'], 'three'), ['+    - three']],
    [
      'an appended entry',
      append(['claude-api-key'], { 'api-key': 'sk-9', models: [{ name: 'm' }] }),
      ['+    - api-key: sk-9', '+      models:', '+          - name: m'],
    ],
    ['a removed item', remove('api-keys', 0), ['-    - "one"         # since May']],
    [
      'a removed entry with the comments inside it',
      remove('claude-api-key', 0),
      [
        '-    - api-key: sk-1   # never show',
        '-      # faster',
        '-      priority: 5',
        '-      models: [ { name: a,  alias: b }, {name: c} ]',
      ],
    ],
    [
      'a member of an entry',
      set(['claude-api-key', 1, 'headers', 'X-Team'], 'other'),
      ['-          X-Team: core   # mine', '+          X-Team: other   # mine'],
    ],
    ['a new member of an entry', set(['claude-api-key', 0, 'weight'], 2), ['+      weight: 2']],
    [
      'the first member of an entry',
      remove('claude-api-key', 1, 'api-key'),
      ['-    - api-key: sk-2', '-      headers:', '+    - headers:'],
    ],
    [
      'the first member, before a comment',
      remove('claude-api-key', 0, 'api-key'),
      ['-    - api-key: sk-1   # never show', '+    -'],
    ],
    [
      'the only member of a mapping',
      remove('claude-api-key', 1, 'headers', 'X-Team'),
      ['-      headers:', '-          X-Team: core   # mine', '+      headers: {}'],
    ],
    [
      'a new section, at the end',
      set(['routing', 'strategy'], 'fill-first'),
      ['+routing:', '+    strategy: fill-first'],
    ],
    ['a text of several lines', set(['text'], 'one'), ['-text: |', '-    two', '-    lines', '+text: one']],
    [
      'a scalar that becomes a mapping',
      set(['port'], { a: [1], b: {} }),
      ['-port:   8317', '+port:', '+    a:', '+        - 1', '+    b: {}'],
    ],
    ['a removed key', remove('port'), ['-port:   8317']],
  ])('%s', (_, edit, expected) => {
    expect(difference(COMMENTED, editConfig(COMMENTED, [edit]))).toEqual(expected);
  });

  test('a list that becomes empty, and keeps the comments outside its items', () => {
    const after = editConfig(COMMENTED, [set(['api-keys'], [])]);
    expect(after).toContain('api-keys: []           # my clients\n    # the laptop\n\nstreaming:');
    expect(parse(after)).toEqual({ ...parse(COMMENTED), 'api-keys': [] });
  });

  test('a notation it cannot splice, where comments and order still stay', () => {
    const after = editConfig('# top\n? a\n: 1\nb: 2 # two\n', [set(['a'], 3)]);
    expect(parse(after)).toEqual({ a: 3, b: 2 });
    expect(after).toMatch(/^# top\n[\s\S]*b: 2 # two\n$/);
  });

  test('the one thing that differs in a list that is set as a whole', () => {
    const list = parse(COMMENTED)['claude-api-key'];
    const changed = [{ 'api-key': 'sk-0' }, { ...list[0], priority: 6 }, list[1]];
    expect(difference(COMMENTED, editConfig(COMMENTED, [set(['claude-api-key'], changed)]))).toEqual([
      '-    # work',
      '-    - api-key: sk-1   # never show',
      '-      # faster',
      '-      priority: 5',
      '+    - api-key: sk-0',
      '+    # work',
      '+    - api-key: sk-1   # never show',
      '+      # faster',
      '+      priority: 6',
    ]);
  });

  test('nothing, when nothing changes', () => {
    expect(
      editConfig(COMMENTED, [set([], parse(COMMENTED)), set(['port'], 8317), remove('none'), remove('api-keys', 9)]),
    ).toBe(COMMENTED);
  });

  test('Windows line ends stay', () => {
    const text = 'a: 1\r\nb:\r\n  - x\r\n';
    expect(editConfig(text, [append(['b'], 'w'), set(['c', 'd'], 2), set(['a'], 3)])).toBe(
      'a: 3\r\nb:\r\n  - x\r\n  - w\r\nc:\r\n  d: 2\r\n',
    );
  });

  test('a list without indentation stays so', () => {
    expect(editConfig('b:\n- x\nc: 1\n', [append(['b'], 'w'), set(['d'], ['z'])])).toBe(
      'b:\n- x\n- w\nc: 1\nd:\n- z\n',
    );
  });

  test('a missing line break at the end is no hindrance', () => {
    expect(editConfig('a: 1', [set(['b'], 2)])).toBe('a: 1\nb: 2\n');
  });

  test('a byte order mark is no hindrance', () => {
    expect(editConfig('\ufeffa: 1\n', [set(['b', 'c'], 2)])).toBe('\ufeffa: 1\nb:\n  c: 2\n');
  });

  test('words stay in a file that holds nothing else', () => {
    expect(editConfig('# words\n', [set(['a'], 1)])).toBe('# words\na: 1\n');
    expect(editConfig('', [append(['a', 'b'], 1)])).toBe('a:\n  b:\n    - 1\n');
  });

  test('an empty section is filled', () => {
    expect(
      editConfig('a:   # words\nb: {}\nc: []\n', [set(['a', 'x'], 1), set(['b', 'x'], 1), append(['c'], { x: 1 })]),
    ).toBe('a:   # words\n  x: 1\nb:\n  x: 1\nc:\n  - x: 1\n');
  });

  test.each<[string, string, ConfigEdit, string]>([
    ['written out where it is used', 'a: &x {k: 1}\nb: *x\n', set(['a', 'k'], 2), 'a: &x {k: 2}\nb: {k: 1}\n'],
    [
      'written out where it is changed',
      'a: &x {k: 1}\nb: *x # w\n',
      set(['b', 'k'], 2),
      'a: &x {k: 1}\nb:\n  k: 2 # w\n',
    ],
    ['kept when neither end is touched', 'a: &x 1\nb: *x\nc: 1\n', set(['c'], 2), 'a: &x 1\nb: *x\nc: 2\n'],
  ])('an alias is %s', (_, text, edit, expected) => {
    const after = editConfig(text, [edit]);
    expect(parse(after)).toEqual(parse(expected));
  });

  test('lists inside lists are changed in place', () => {
    const text = 'a:\n  - - 1\n    # two\n    - 2\n';
    expect(editConfig(text, [set(['a', 0], [0, 1, 2, 3])])).toBe('a:\n  - - 0\n    - 1\n    # two\n    - 2\n    - 3\n');
    expect(editConfig(text, [remove('a', 0, 0)])).toBe('a:\n  -\n    # two\n    - 2\n');
  });

  test('merged members stay merged', () => {
    expect(editConfig('a: &x {k: 1}\nb:\n  <<: *x\n  c: 1\n', [set(['b', 'c'], 2), set(['b', 'k'], 3)])).toBe(
      'a: &x {k: 1}\nb:\n  <<: *x\n  c: 2\n  k: 3\n',
    );
  });
});

describe('editConfig refuses', () => {
  test.each<[string, string, ConfigEdit, string]>([
    ['a text that is no YAML', 'a: [', set(['b'], 1), 'config_edit_unreadable'],
    ['a way through a scalar', 'a: 1', set(['a', 'b'], 1), 'config_edit_conflict'],
    ['a position in a mapping', 'a: {}', set(['a', 0], 1), 'config_edit_conflict'],
    ['a position behind the end', 'a: []', set(['a', 1], 1), 'config_edit_conflict'],
    ['an append to a mapping', 'a: {}', append(['a'], 1), 'config_edit_conflict'],
    ['a config that is a list', '- a', set(['a'], 1), 'config_edit_conflict'],
    ['a scalar for the whole', 'a: 1', set([], 1), 'config_edit_conflict'],
    ['a prototype', 'a: 1', set(['__proto__', 'b'], 1), 'config_edit_invalid'],
    ['a constructor inside a value', 'a: 1', set(['b'], JSON.parse('{"constructor": 1}')), 'config_edit_invalid'],
    ['what YAML does not know', 'a: 1', set(['b'], Number.NaN), 'config_edit_invalid'],
  ])('%s', (_, text, edit, code) => {
    expect(() => editConfig(text, [edit])).toThrow(expect.objectContaining({ code }));
  });
});

describe('for any config and any edit', () => {
  const key = fc.constantFrom('a', 'b', 'api-key', 'x.y', 'name', '7', 'on', 'with space', 'ü', '- x', '#');
  const scalar = fc.oneof(
    fc.constantFrom<unknown>(
      null,
      true,
      1,
      -2.5,
      1e21,
      '',
      'plain',
      'true',
      '007',
      ' padded ',
      'a: b',
      '# no',
      "it's",
      'two\nlines',
      '"',
      '\u2028',
      '*x',
      '[',
      '- a',
      '~',
      '\t',
    ),
    fc.string({ maxLength: 12 }),
  );
  const value = fc.letrec<{ value: unknown }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 3, depthSize: 'small' },
      scalar,
      fc.array(tie('value'), { maxLength: 4 }),
      fc.dictionary(key, tie('value'), { maxKeys: 4, noNullPrototype: true }),
    ),
  })).value;
  const config = fc.dictionary(key, value, { minKeys: 1, maxKeys: 5, noNullPrototype: true });
  const style = fc.record({
    indent: fc.constantFrom(1, 2, 4),
    indentSeq: fc.boolean(),
    flow: fc.boolean(),
    end: fc.constantFrom('\n', '\r\n'),
  });

  /** A text of the config in some style, with a comment behind and above each line where YAML allows one. */
  function print(
    content: unknown,
    { indent, indentSeq, flow, end }: { indent: number; indentSeq: boolean; flow: boolean; end: string },
  ) {
    const text = stringify(content, {
      indent,
      indentSeq,
      lineWidth: 0,
      blockQuote: false,
      ...(flow ? { collectionStyle: 'flow' as const } : {}),
    });
    const commented = flow
      ? text
      : text
          .split('\n')
          .map((line) => (/^ *[\w-]+:$/.test(line) ? `${line} # about ${line.trim()}` : line))
          .join('\n');
    return `# top\n${commented}# bottom\n`.replaceAll('\n', end);
  }

  test('the text then holds the new content, and all comments', () => {
    fc.assert(
      fc.property(config, config, style, (before, after, look) => {
        const text = print(before, look);
        const edited = editConfig(text, [set([], after)]);
        expect(parse(edited)).toEqual(parse(JSON.stringify(after)));
        expect(edited).toContain('# top');
        expect(edited).toContain('# bottom');
        expect(edited.includes('\r\n')).toBe(look.end === '\r\n');
      }),
      { numRuns: 400 },
    );
  });

  test('one changed place leaves the lines of all others', () => {
    fc.assert(
      fc.property(config, key, value, style, (before, changedKey, newValue, look) => {
        const text = print(before, { ...look, flow: false });
        const edited = editConfig(text, [set([changedKey], newValue)]);
        const untouched = text.split(/\r?\n/).filter((line) => !belongsTo(text, line, changedKey));
        expect(edited.split(/\r?\n/)).toEqual(expect.arrayContaining(untouched));
        expect(parse(edited)).toEqual({ ...before, [changedKey]: newValue });
        expect(editConfig(edited, [remove(changedKey)]) === edited).toBe(false);
      }),
      { numRuns: 300 },
    );
  });

  /** Whether a line is part of a top-level member; also of one that is told apart only by its lines. */
  function belongsTo(text: string, line: string, topKey: string): boolean {
    let current: unknown;
    for (const candidate of text.split(/\r?\n/)) {
      if (/^[^\s#-]/.test(candidate)) current = Object.keys(parse(candidate.replace(/:( .*)?$/, ':')))[0];
      if (candidate === line && current === topKey) return true;
    }
    return false;
  }

  test('list entries can be set, removed and appended one by one', () => {
    fc.assert(
      fc.property(fc.array(value, { minLength: 1, maxLength: 5 }), value, fc.nat(4), style, (items, item, at, look) => {
        const index = at % items.length;
        const text = print({ before: 1, list: items, after: 2 }, look);
        const edited = (edit: ConfigEdit): unknown => parse(editConfig(text, [edit])).list;
        expect(edited(append(['list'], item))).toEqual([...items, item]);
        expect(edited(set(['list', index], item))).toEqual(items.with(index, item));
        expect(edited(remove('list', index))).toEqual(items.toSpliced(index, 1));
      }),
      { numRuns: 300 },
    );
  });
});

describe('writeConfigFile', () => {
  const inFolder = async (run: (path: string, folder: string) => Promise<void>) => {
    const folder = await mkdtemp(join(tmpdir(), 'write-'));
    await run(join(folder, 'config.yaml'), folder).finally(() => rm(folder, { recursive: true }));
  };
  const modeOf = async (path: string) => (await stat(path)).mode & 0o777;

  test('makes a new file readable by its owner only', () =>
    inFolder(async (path) => {
      expect(await writeConfigFile(path, 'a: 1\n')).toEqual({ hash: hashConfig('a: 1\n') });
      expect(await readFile(path, 'utf8')).toBe('a: 1\n');
      if (process.platform !== 'win32') expect(await modeOf(path)).toBe(0o600);
    }));

  test('keeps the mode of an old one, and leaves nothing beside it', () =>
    inFolder(async (path, folder) => {
      await writeFile(path, 'a: 1\n');
      await chmod(path, 0o640);
      await writeConfigFile(path, 'a: 2\n', { expectedHash: hashConfig('a: 1\n') });
      if (process.platform !== 'win32') expect(await modeOf(path)).toBe(0o640);
      expect(await readdir(folder)).toEqual(['config.yaml']);
    }));

  test.each([
    ['changed in the meantime', 'a: 2\n'],
    ['removed in the meantime', undefined],
  ])('does not write over a file that was %s', (_, now) =>
    inFolder(async (path) => {
      if (now !== undefined) await writeFile(path, now);
      await expect(writeConfigFile(path, 'a: 3\n', { expectedHash: hashConfig('a: 1\n') })).rejects.toMatchObject({
        code: 'config_changed',
      });
      expect(await readFile(path, 'utf8').catch(() => undefined)).toBe(now);
    }),
  );

  test('says so when it cannot write', () =>
    inFolder(async (_, folder) => {
      const error = await writeConfigFile(join(folder, 'none', 'config.yaml'), 'a: 1\n').catch(
        (thrown: unknown) => thrown,
      );
      expect(error).toBeInstanceOf(AppError);
      expect(error).toMatchObject({ code: 'config_not_written' });
    }));
});
