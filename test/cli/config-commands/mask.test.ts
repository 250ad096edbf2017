import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { maskConfigText } from '../../../src/cli/config-commands/mask.js';

const SECRET = 'sk-secret-0123456789-abcdef';

test.each([
  { name: 'a plain text', text: `api-keys:\n  - ${SECRET} # mine\n` },
  { name: 'a quoted text', text: `remote-management: { secret-key: "${SECRET}" }\n` },
  { name: 'a flow list', text: `api-keys: [${SECRET}, '${SECRET}-2']\n` },
  { name: 'a block text', text: `claude-api-key:\n  - api-key: |\n      ${SECRET}\n    priority: 1\n` },
  { name: 'a folded block text at the end', text: `claude-api-key:\n  - api-key: >-\n      ${SECRET}` },
  { name: 'an anchor and its alias', text: `api-keys:\n  - &key ${SECRET}\nremote-management:\n  secret-key: *key\n` },
  { name: 'a header', text: `claude-api-key:\n  - headers:\n      X-Anything: ${SECRET}\n` },
  {
    name: 'a nested entry',
    text: `openai-compatibility:\n  - name: x\n    api-key-entries:\n      - api-key: ${SECRET}\n`,
  },
  { name: 'a client secret', text: `oauth-clients:\n  gemini:\n    client-id: public\n    client-secret: ${SECRET}\n` },
  { name: 'a proxy password', text: `proxy-url: http://me:${SECRET}@proxy.test:1\n` },
  { name: 'a line switched off', text: `# api-key: ${SECRET}\nport: 1\n` },
  { name: 'a note in a comment', text: `port: 1 # old key was ${SECRET}\n` },
  { name: 'a duplicate key', text: `api-key: ${SECRET}\napi-key: ${SECRET}\n` },
])('$name hides its secret, and the rest stays YAML', ({ text }) => {
  const masked = maskConfigText(text);
  expect(masked).not.toContain(SECRET);
  expect(masked).not.toContain('0123456789');
  expect(() => parse(masked, { uniqueKeys: false })).not.toThrow();
});

test('everything else is kept to the letter', () => {
  const text = `# top\nhost: 127.0.0.1   # here\nport:   8317\n\nrouting: { strategy: rr }\nclaude-api-key:\n  - base-url: https://api.test/v1\n    headers: { User-Agent: mine, X-Copy: $X-Other }\n    models: [{ name: "a", alias: 'b' }]\n`;
  expect(maskConfigText(text)).toBe(text);
});

test('a number that is a key is hidden too', () => {
  expect(maskConfigText('api-keys:\n  - 12345678901234567890\n')).not.toContain('12345678901234567890');
  expect(maskConfigText('payload:\n  x: { max_tokens: 4096 }\n')).toContain('max_tokens: 4096');
});
