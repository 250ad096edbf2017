import { createHmac } from 'node:crypto';
import { isPlainHeader, isSecretName } from '../../../shared/secret-names.js';
import { isObject, ManagementRefusal } from './reply.js';

type Fields = Readonly<Record<string, unknown>>;

/** Stands in for secrets that are not shown, and is taken back for them. */
export interface Placeholders {
  /** The same content with a placeholder for each secret; the same ones as long as the management key is the same. */
  mask(name: string, fields: Fields): Fields;
  /**
   * Puts the stored secrets back where their placeholders came back. What was stored goes nowhere else: the members that say
   * where it is sent must be as they were.
   * @throws ManagementRefusal 400 for a placeholder that stands for nothing here, 422 for a changed address.
   */
  restore(name: string, incoming: Fields, stored: Fields | undefined): Fields;
}

const PREFIX = 'cliproxyctl-masked-';
/** Beyond the names that any configuration has for secrets. */
const SECRET_NAME = /(key|code|jwt|session|assertion|credentials?|signature|bearer|passphrase)s?$/i;
const SECRET_VALUE = /^(sk-|gh[opusr]_|github_pat_|eyJ|ya29\.|-----BEGIN )/;
const URL_WITH_PASSWORD = /^[a-z][a-z\d+.-]*:\/\/[^/@\s]*:[^/@\s]*@/i;

/** `key`: of what only this daemon knows, so that nobody finds a secret by trying. */
export function openPlaceholders(key: () => Buffer): Placeholders {
  const placeholderOf = (name: string, path: readonly string[], secret: string): string =>
    PREFIX +
    createHmac('sha256', key())
      .update(JSON.stringify([name, path, secret]))
      .digest('hex')
      .slice(0, 32);
  return {
    mask(name, fields) {
      const masked = mapTexts(fields, [], (text, path) => {
        const isHidden = text !== '' && isSecret(text, path);
        return isHidden ? placeholderOf(name, path, text) : text;
      });
      return isObject(masked) ? masked : {};
    },
    restore(name, incoming, stored) {
      let restored = 0;
      const fields = mapTexts(incoming, [], (text, path) => {
        if (!text.includes(PREFIX)) return text;
        const secret = valueAt(stored, path);
        if (typeof secret !== 'string' || placeholderOf(name, path, secret) !== text) {
          throw new ManagementRefusal(
            400,
            `${path.join('.')} holds a placeholder of a secret that is not stored there; send the secret itself`,
          );
        }
        restored++;
        return secret;
      });
      if (!isObject(fields)) return {};
      if (restored > 0 && stored !== undefined) refuseChangedTarget(fields, stored);
      return fields;
    },
  };
}

/** Whether a member says where the credential is sent, or whose it is. */
export const saysWhere = (name: string): boolean =>
  name === 'type' || (/(url|uri|endpoint|domain|host)s?$/i.test(name) && !/^proxy[-_]url$/i.test(name));

function refuseChangedTarget(fields: Fields, stored: Fields): void {
  const now = targetsOf(fields);
  const before = targetsOf(stored);
  if (now.join('\n') === before.join('\n')) return;
  throw new ManagementRefusal(422, {
    error:
      'the members that say where a credential is sent cannot be changed together with placeholders of its secrets',
  });
}

/** Type and addresses, in a fixed order. */
function targetsOf(fields: Fields): string[] {
  const targets: string[] = [];
  mapTexts(fields, [], (text, path) => {
    if (path.some(saysWhere)) targets.push(JSON.stringify([path, text]));
    return text;
  });
  return targets.sort();
}

function isSecret(text: string, path: readonly string[]): boolean {
  if (URL_WITH_PASSWORD.test(text) || SECRET_VALUE.test(text)) return true;
  const last = path.findLast((segment) => !/^\d+$/.test(segment)) ?? '';
  if (path.includes('headers')) return !isPlainHeader(last);
  return isSecretName(last) || SECRET_NAME.test(last);
}

function mapTexts(
  value: unknown,
  path: readonly string[],
  change: (text: string, path: readonly string[]) => string,
): unknown {
  if (typeof value === 'string') return change(value, path);
  if (Array.isArray(value)) return value.map((item, index) => mapTexts(item, [...path, String(index)], change));
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [name, mapTexts(member, [...path, name], change)]),
  );
}

function valueAt(value: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>((at, segment) => {
    if (Array.isArray(at)) return at[Number(segment)];
    return isObject(at) && Object.hasOwn(at, segment) ? at[segment] : undefined;
  }, value);
}
