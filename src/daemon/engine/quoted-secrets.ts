import { isPlainHeader, isSecretName } from '../../shared/secret-names.js';

/** Anything shorter stands in ordinary words too. */
const MIN_SECRET_LENGTH = 4;

/**
 * The text of a refusal without what authenticated its request: some vendors quote the key that they do not like, and the
 * text goes to clients, who must never learn it.
 */
export function withoutQuotedSecrets(text: string, sent: Readonly<Record<string, string>>): string {
  return secretsOf(sent).reduce((rest, secret) => rest.replaceAll(secret, '[redacted]'), text);
}

function secretsOf(headers: Readonly<Record<string, string>>): readonly string[] {
  const values = Object.entries(headers).flatMap(([name, value]) =>
    isSecretName(name) && !isPlainHeader(name) ? [value.replace(/^(Bearer|token|Basic)\s+/i, '')] : [],
  );
  return values.filter((value) => value.length >= MIN_SECRET_LENGTH);
}
