import { isMap, isScalar, parseDocument, type Scalar, visit } from 'yaml';
import { maskSecret } from '../../shared/client-keys.js';
import { AppError } from '../../shared/errors.js';
import { isPlainHeader, isSecretName } from '../../shared/secret-names.js';

const COMMENTED =
  /^(\s*#.*?\b(?:api-key|secret-key|client-secret|password|token|refresh-token|access-token)\s*:\s*)(\S.*)$/gim;
const USER_INFO = /([a-z][a-z\d+.-]*:\/\/)[^/@\s]+@/gi;
/** What keys of known vendors look like, wherever they stand, such as in a comment. */
const KEY_SHAPE = /\b(?:sk|AIza|gsk|xai|ghp|gho)[-_A-Za-z0-9]{16,}/g;

/** The config's text with its secrets masked and all else, comments too, as it stands. */
export function maskConfigText(text: string): string {
  const document = parseDocument(text, { keepSourceTokens: true, uniqueKeys: false });
  if (document.errors.length > 0) {
    throw new AppError('config_invalid', 'the config is no valid YAML, so its secrets cannot be told from the rest', {
      hint: '`cliproxyctl config validate` names the place; --reveal prints the file as it is',
      exitCode: 2,
    });
  }
  const secrets: Scalar[] = [];
  visit(document, {
    Scalar(key, node, path) {
      if (key !== 'key' && isSecret(path, node)) secrets.push(node);
    },
  });
  return withoutSecretComments(splice(text, secrets)).replace(USER_INFO, '$1****@').replace(KEY_SHAPE, maskSecret);
}

function isSecret(path: readonly unknown[], node: Scalar): boolean {
  const value = textOf(node);
  const names = path.flatMap((step) => keysAbove(step));
  const own = names.at(-1) ?? '';
  // A number of tokens is no token.
  if (typeof node.value !== 'string' && /tokens?$/i.test(own)) return false;
  // `$Name` copies a header of the client.
  if (names.at(-2) === 'headers') return !isPlainHeader(own) && !value.startsWith('$');
  return isSecretName(own) && !/^https?:\/\//i.test(value) && value !== '';
}

const textOf = ({ value, source }: Scalar): string => (typeof value === 'string' ? value : (source ?? ''));

function keysAbove(step: unknown): string[] {
  if (typeof step !== 'object' || step === null || !('key' in step) || isMap(step)) return [];
  return isScalar(step.key) ? [String(step.key.value)] : [];
}

/** Replaces the scalars where they stand, the last first, so that the earlier places stay right. */
function splice(text: string, secrets: readonly Scalar[]): string {
  let result = text;
  for (const secret of secrets.toReversed()) {
    const [start, end] = secret.range ?? [0, 0];
    if (end > start)
      result = `${result.slice(0, start)}${JSON.stringify(maskSecret(textOf(secret)))}${lineEnd(result, start, end)}${result.slice(end)}`;
  }
  return result;
}

/** A block scalar's range takes its line end along. */
const lineEnd = (text: string, start: number, end: number): string =>
  text.slice(start, end).endsWith('\n') ? '\n' : '';

const withoutSecretComments = (text: string): string => text.replace(COMMENTED, '$1****');
