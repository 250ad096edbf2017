export const DEFAULT_PORT = 8317;

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
const LENGTH = 32;

/** A client key nobody guesses: `sk-cpx-` and 32 random letters and digits, 190 bits. */
export function newClientKey(randomBytes: (size: number) => Uint8Array): string {
  let key = '';
  while (key.length < LENGTH) {
    // Bytes past the last whole multiple are thrown away, else some letters would be likelier than others.
    const fair = [...randomBytes(LENGTH)].filter((byte) => byte < 256 - (256 % ALPHABET.length));
    key += fair.map((byte) => ALPHABET[byte % ALPHABET.length]).join('');
  }
  return `sk-cpx-${key.slice(0, LENGTH)}`;
}

/** The text of a fresh config: safe defaults, a random client key, and room for providers. */
export const newConfigText = (
  clientKey: string,
  port = DEFAULT_PORT,
): string => `# cliproxyctl: what it serves, to whom.
# Every setting with its default stands in config.example.yaml of the package. Changes take effect at once.

# Only this machine can connect. "" listens on every address; keep the keys below then.
host: 127.0.0.1
port: ${port}

# What your clients send as their API key. \`cliproxyctl keys\` adds and revokes them.
api-keys:
  - ${clientKey}
`;
