import { isPlainHeader, isSecretName } from '../../shared/secret-names.js';

const MIN_HEADER_SECRET_LENGTH = 8;

/**
 * Every secret in a configuration: values under telling names, values of `headers`, and passwords in URLs.
 * Walks what it is given, so that a section added later is covered without being named here.
 */
export function secretsIn(value: unknown): string[] {
  const found = new Set<string>();
  walk(value, false, found);
  return [...found];
}

function walk(value: unknown, isSecret: boolean, found: Set<string>): void {
  if (typeof value === 'string') {
    if (isSecret) addSecret(value, found);
    else addPassword(value, found);
  } else if (Array.isArray(value)) {
    for (const item of value) walk(item, isSecret, found);
  } else if (typeof value === 'object' && value !== null) {
    for (const [name, member] of Object.entries(value)) {
      if (name === 'headers') walkHeaders(member, found);
      else walk(member, isSecretName(name), found);
    }
  }
}

function walkHeaders(headers: unknown, found: Set<string>): void {
  if (typeof headers !== 'object' || headers === null) return;
  for (const [name, value] of Object.entries(headers)) {
    if (isPlainHeader(name) || typeof value !== 'string') continue;
    if (isSecretName(name) || value.length >= MIN_HEADER_SECRET_LENGTH) addSecret(value, found);
  }
}

function addSecret(value: string, found: Set<string>): void {
  // `$Name` in headers copies a client's header, and is no secret itself; nor is the address of a token endpoint.
  if (value.startsWith('$')) return;
  if (/^https?:\/\//i.test(value)) return addPassword(value, found);
  found.add(value);
  const bare = /^(?:Bearer|Basic|token)\s+(\S+)$/i.exec(value)?.[1];
  if (bare !== undefined) found.add(bare);
}

function addPassword(value: string, found: Set<string>): void {
  const userInfo = /^[a-z][a-z\d+.-]*:\/\/([^/@\s]+)@/i.exec(value)?.[1];
  if (userInfo === undefined || !userInfo.includes(':')) return;
  const password = userInfo.slice(userInfo.indexOf(':') + 1);
  found.add(password);
  found.add(decode(password));
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
