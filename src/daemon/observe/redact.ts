import { secretId } from '../../shared/client-keys.js';

/** Shorter values would blank out ordinary words, and are refused as keys anyway. */
const MIN_SECRET_LENGTH = 4;

/** Members whose text never belongs in a log, whoever wrote them and however deep they stand. */
const SECRET_FIELDS = [
  'authorization',
  'proxy-authorization',
  'cookie',
  'set-cookie',
  'x-api-key',
  'x-goog-api-key',
  'api[-_]?keys?',
  'secret[-_]?key',
  'private[-_]?key',
  'client[-_]?secret',
  'access[-_]?token',
  'refresh[-_]?token',
  'id[-_]?token',
  'password',
  'secret',
];

/** Shapes of secrets nobody told us about: a vendor's error may quote a key that is not in the config. */
const SECRET_SHAPES = [
  'Bearer\\s+[\\w.~+/=-]{8,}',
  '\\bsk-[\\w-]{8,}', // OpenAI, Anthropic, OpenRouter and our own
  '\\bAIza[\\w-]{20,}', // Google API keys
  '\\bya29\\.[\\w-]{20,}', // Google OAuth access tokens
  '\\bgh[opsur]_\\w{20,}', // GitHub tokens
  '\\beyJ[\\w-]{8,}\\.[\\w-]{8,}\\.[\\w-]+', // JSON Web Tokens
  '(?<=[?&](?:key|api_key|access_token|token)=)[^&\\s"\\\\]+',
];

const MARK = /\[redacted:[0-9a-f]{8}\]/;
const UNKNOWN_SECRETS = compileUnknown();

/** By field and by shape, in one pattern. */
function compileUnknown(): RegExp {
  // The first value of a list of header values counts too.
  const member = `"(?:${SECRET_FIELDS.join('|')})\\\\?"\\s*:\\s*\\[?\\s*`;
  const byField = `(${member}")(?:[^"\\\\]|\\\\.)+`;
  // JSON inside a JSON string: each quote has its backslash, and each backslash is two.
  const byInnerField = `(${member}\\\\")(?:[^"\\\\]|\\\\{3}"|\\\\{4}|\\\\{2}[^"\\\\])+`;
  return new RegExp([byField, byInnerField, ...SECRET_SHAPES].join('|'), 'gi');
}

export interface Redactor {
  /** Adds secrets; the ones known before stay known, since running requests still use them. */
  learn(secrets: Iterable<string>): void;
  /** The text with every secret replaced by `[redacted:<8 hex of its SHA-256>]`, or `[redacted]` by field or shape. */
  redact(text: string): string;
}

/**
 * Hides secrets in text by value, by field name and by shape. Built to run on each log line: patterns are compiled when
 * secrets change, not when a line is written.
 */
export function createRedactor(secrets: Iterable<string> = []): Redactor {
  /** Each spelling a secret can have in a line -> what stands there instead. */
  const known = new Map<string, string>();
  let values: RegExp | undefined;
  const learn = (more: Iterable<string>): void => {
    const before = known.size;
    for (const secret of more) {
      if (secret.length < MIN_SECRET_LENGTH) continue;
      const mark = `[redacted:${secretId(secret)}]`;
      for (const spelling of spellings(secret)) known.set(spelling, mark);
    }
    if (known.size !== before) values = compileValues(known);
  };
  learn(secrets);
  return {
    learn,
    redact(text) {
      const byValue = values === undefined ? text : text.replace(values, (value) => known.get(value) ?? '[redacted]');
      return byValue.replace(UNKNOWN_SECRETS, (match: string, outer?: string, inner?: string) => {
        const field = outer ?? inner ?? '';
        // Which key it was stays visible where it is one of ours.
        return field + (MARK.exec(match.slice(field.length))?.[0] ?? '[redacted]');
      });
    },
  };
}

/** As itself, inside a JSON string, and inside a URL. */
function spellings(secret: string): Set<string> {
  return new Set([secret, JSON.stringify(secret).slice(1, -1), encodeURIComponent(secret)]);
}

/** The longest first, so that a key that begins like another one is replaced whole. */
function compileValues(known: ReadonlyMap<string, string>): RegExp {
  const longestFirst = [...known.keys()].sort((a, b) => b.length - a.length);
  return new RegExp(longestFirst.map(escapeForPattern).join('|'), 'g');
}

const escapeForPattern = (text: string): string => text.replaceAll(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');
