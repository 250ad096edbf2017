import { describe, expect, test } from 'vitest';
import type { JsonObject, JsonValue } from '../../src/daemon/ir/json.js';
import { secretsIn } from '../../src/daemon/observe/secrets.js';
import type { AccountProvider } from '../../src/daemon/providers/account.js';
import { AppError } from '../../src/shared/errors.js';
import type { AccountContract } from './provider-contract-types.js';

/** What a provider promises of the files that its logins, and other gateways, leave in the folder. */
export function testFiles(provider: AccountProvider, contract: AccountContract): void {
  describe('files', () => {
    test.each(contract.files)('reads one $name', ({ fields, facts }) => {
      expect(provider.types).toContain(fields['type']);
      expect(provider.read(fields)).toMatchObject(facts);
    });

    test.each(contract.files)('tells tokens apart without telling them, of one $name', ({ fields }) => {
      const { tokenId, label } = provider.read(fields);
      for (const secret of secretsOf(fields)) expect(`${tokenId} ${label}`).not.toContain(secret);
      expect(provider.read(fields).tokenId).toBe(tokenId);
    });

    test.each(contract.broken)('refuses one $name, names the member, and quotes nothing', ({ fields, names }) => {
      const error = refusal(provider, fields);
      expect(error.code).toBe('credential_malformed');
      expect(error.message).toMatch(names);
      for (const secret of secretsOf(fields)) expect(`${error.message} ${error.hint ?? ''}`).not.toContain(secret);
    });

    test.each(mangled(contract))('refuses one whose secrets are $name', ({ fields, secret }) => {
      const error = refusal(provider, fields);
      expect(error.code).toBe('credential_malformed');
      if (secret !== '') expect(`${error.message} ${error.hint ?? ''}`).not.toContain(secret);
    });

    test('knows members that it does not need, and is not disturbed by strange ones', () => {
      const [first] = contract.files;
      const fields = { ...first?.fields, of_a_newer_version: { deep: [1, null] }, email: 'ann@example.com' };
      expect(() => provider.read(fields)).not.toThrow();
    });
  });
}

const secretsOf = (fields: JsonObject): string[] => secretsIn(fields).filter((secret) => secret !== '');

function refusal(provider: AccountProvider, fields: JsonObject): AppError {
  try {
    provider.read(fields);
  } catch (error) {
    if (error instanceof AppError) return error;
    throw error;
  }
  throw new Error('it was read');
}

const LINE_BREAK = 'first-line-of-a-secret\r\nx-injected: 1';

/** The first known file with whatever it authenticates by made unusable. */
function mangled({ files }: AccountContract): { name: string; fields: JsonObject; secret: string }[] {
  const [first] = files;
  const kinds: readonly [string, JsonValue, string][] = [
    ['empty', '', ''],
    ['numbers', 42, ''],
    ['objects', { of: 'another-secret-shape' }, 'another-secret-shape'],
    ['text with a line break', LINE_BREAK, 'first-line-of-a-secret'],
  ];
  return kinds.map(([name, value, secret]) => ({ name, secret, fields: withSecrets(first?.fields ?? {}, value) }));
}

const AUTHENTICATES = /^(access_token|accessToken|refresh_token|refreshToken|kilocodeToken|service_account)$/;

const withSecrets = (fields: JsonObject, value: JsonValue): JsonObject =>
  Object.fromEntries(Object.entries(fields).map(([name, had]) => [name, AUTHENTICATES.test(name) ? value : had]));
