import { type Document, LineCounter, parseDocument, type YAMLParseError } from 'yaml';
import { formatPath, type Path, pathKey } from './path.js';
import { isRecord, type PlainFault, toPlain } from './plain.js';
import type { ConfigPlace, ConfigProblem } from './problem.js';

const MAX_BYTES = 1024 * 1024;

/** A config text taken apart, before anyone asked what its keys mean. */
export interface ConfigSource {
  readonly document: Document;
  /** The top-level mapping; empty when the text is, or when there are problems. */
  readonly value: Record<string, unknown>;
  readonly problems: readonly ConfigProblem[];
  /** Where a path, or the nearest part of it that exists, stands. `at` key is for what is said about the key itself. */
  place(path: Path, at?: 'key' | 'value'): ConfigPlace;
  /** Says that what is known as `path` from now on was written at `origin`. */
  moved(path: Path, origin: Path): void;
}

/** How every part of this project reads YAML. */
export const readDocument = (text: string, lineCounter?: LineCounter): Document =>
  // Duplicates are found by `toPlain`: the library's own check takes the square of the number of keys.
  parseDocument(text, {
    prettyErrors: false,
    // The warnings of the library quote what they are about.
    logLevel: 'error',
    uniqueKeys: false,
    keepSourceTokens: true,
    ...(lineCounter === undefined ? {} : { lineCounter }),
  });

/** Reads YAML within its limits: 1 MB, depth 64, 100 aliases. Never throws; what is wrong is in `problems`. */
export function readSource(text: string, file: string): ConfigSource {
  const lines = new LineCounter();
  const at = (offset: number, path: Path): ConfigPlace => {
    const { line, col } = lines.linePos(offset);
    return { file, line: Math.max(1, line), column: Math.max(1, col), path: formatPath(path) };
  };
  if (Buffer.byteLength(text) > MAX_BYTES) {
    const problem = { file, line: 1, column: 1, path: '', code: 'too_large', expected: 'at most 1 MB', found: 'more' };
    return failed(readDocument(''), [problem], at);
  }
  const document = readDocument(text, lines);
  if (document.errors.length > 0)
    return failed(
      document,
      document.errors.map((error) => syntaxProblem(error, at)),
      at,
    );

  const plain = toPlain(document);
  const offsets = new Map(plain.offsets);
  const problems = plain.faults.map(
    ({ fault, offset, path }): ConfigProblem => ({
      ...at(offset, path),
      ...FAULTS[fault],
    }),
  );
  const value = plain.value ?? {};
  if (!isRecord(value) && problems.length === 0) {
    problems.push({
      ...at(0, []),
      code: 'not_a_mapping',
      expected: 'a mapping of settings',
      found: Array.isArray(value) ? 'a list' : 'a single value',
    });
  }
  return {
    document,
    value: isRecord(value) && problems.length === 0 ? value : {},
    problems,
    place(path, what = 'value') {
      for (let length = path.length; length > 0; length--) {
        const found = offsets.get(pathKey(path.slice(0, length)));
        if (found !== undefined) return at(length === path.length ? found[what] : found.key, path);
      }
      return at(0, path);
    },
    moved(path, origin) {
      const found = offsets.get(pathKey(origin));
      if (found !== undefined) offsets.set(pathKey(path), found);
    },
  };
}

function failed(
  document: Document,
  problems: readonly ConfigProblem[],
  at: (offset: number, path: Path) => ConfigPlace,
): ConfigSource {
  return { document, value: {}, problems, place: (path) => at(0, path), moved: () => undefined };
}

const FAULTS: Readonly<Record<PlainFault, { code: string; expected: string; found: string; hint?: string }>> = {
  'too-deep': { code: 'too_deep', expected: 'at most 64 levels', found: 'more' },
  'too-many-aliases': { code: 'too_many_aliases', expected: 'at most 100 uses of aliases', found: 'more' },
  'alias-loop': { code: 'alias_loop', expected: 'an alias of something else', found: 'an alias of what it stands in' },
  'alias-unknown': { code: 'yaml_syntax', expected: 'an anchor before its alias', found: 'an alias without one' },
  'duplicate-key': {
    code: 'duplicate_key',
    expected: 'each key once',
    found: 'the key a second time',
    hint: 'join the two',
  },
  'key-not-text': { code: 'yaml_syntax', expected: 'a text as key', found: 'a list or a mapping' },
};

type Syntax = Pick<ConfigProblem, 'expected' | 'found'> & { readonly hint?: string };

/** Own words for each kind, since those of the library may quote the line. */
const SYNTAX: Readonly<Partial<Record<YAMLParseError['code'], Syntax>>> = {
  BAD_ALIAS: { expected: 'the name of an anchor', found: 'an alias without one' },
  BAD_DIRECTIVE: { expected: 'a YAML directive', found: 'something else after %' },
  BAD_DQ_ESCAPE: {
    expected: 'a known escape',
    found: 'a backslash before another sign',
    hint: 'write \\\\ for a backslash, or use single quotes',
  },
  BAD_INDENT: { expected: 'the indentation of the lines around it', found: 'another one' },
  BAD_SCALAR_START: {
    expected: 'a value',
    found: 'a sign that no unquoted value may start with',
    hint: 'put the value in quotes',
  },
  BLOCK_AS_IMPLICIT_KEY: {
    expected: 'one value after the key',
    found: 'a second mapping or list on the same line',
    hint: 'put a value that holds ": " in quotes',
  },
  BLOCK_IN_FLOW: { expected: 'values inside [ ] or { }', found: 'a block' },
  KEY_OVER_1024_CHARS: { expected: 'a key of at most 1024 signs', found: 'a longer one' },
  MISSING_CHAR: {
    expected: 'a closing quote, bracket, comma or colon',
    found: 'none',
    hint: 'the place may be further up',
  },
  MULTILINE_IMPLICIT_KEY: {
    expected: 'a key on one line, then a colon',
    found: 'several lines',
    hint: 'a colon may be missing',
  },
  MULTIPLE_DOCS: { expected: 'one document', found: 'a second one after ---' },
  RESOURCE_EXHAUSTION: { expected: 'at most 64 levels', found: 'more' },
  TAB_AS_INDENT: { expected: 'spaces', found: 'a tab', hint: 'YAML is indented with spaces only' },
  UNEXPECTED_TOKEN: {
    expected: 'the end of the value',
    found: 'something more',
    hint: 'quotes or a line break may be missing',
  },
};

function syntaxProblem(error: YAMLParseError, at: (offset: number, path: Path) => ConfigPlace): ConfigProblem {
  const words = SYNTAX[error.code] ?? { expected: 'valid YAML', found: 'something else' };
  return { ...at(error.pos[0], []), code: error.code === 'RESOURCE_EXHAUSTION' ? 'too_deep' : 'yaml_syntax', ...words };
}
