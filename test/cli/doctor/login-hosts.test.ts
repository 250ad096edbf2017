import { describe, expect, test } from 'vitest';
import { addressOf, channelOf } from '../../../src/cli/doctor/login-hosts.js';
import { LOGIN_KINDS } from '../../../src/cli/login/providers.js';
import { ACCOUNT_PROVIDERS } from '../../../src/daemon/providers/registry.js';
import { parseConfig, requireConfig } from '../../../src/shared/config/load.js';
import { ACCOUNT_CONTRACTS } from '../../daemon/providers/contract/contracts.js';
import { accountContext } from '../../support/accounts.js';
import { modelNamed } from '../../support/provider.js';

const configOf = (yaml: string) =>
  requireConfig(parseConfig(`api-keys: [sk-a-client-key]\n${yaml}`, { path: 'c' })).config;

describe.each(ACCOUNT_PROVIDERS)('$channel', (provider) => {
  test('its files are known by every type, and lead to a login', () => {
    for (const type of provider.types) expect(channelOf(type)).toBe(provider.channel);
    expect(LOGIN_KINDS).toContainEqual(expect.objectContaining({ kind: 'account', channel: provider.channel }));
  });

  test('is looked for where its requests go', () => {
    const file = ACCOUNT_CONTRACTS[provider.channel]?.files[0]?.fields ?? {};
    const upstream = provider.open(file, accountContext());
    const query = { client: 'openai-chat', operation: 'generate', stream: true } as const;
    const url = upstream.endpoint({ ...query, model: modelNamed('m') })?.url ?? '';
    expect(addressOf(configOf('antigravity: { enabled: true }\n'), provider.channel)).toBe(new URL(url).origin);
  });
});

test('nobody looks for what the config has switched off', () => {
  expect(addressOf(configOf(''), 'antigravity')).toBeUndefined();
});

test('a configured address comes first, that of inference before that of the API', () => {
  const endpoints = "oauth-endpoints: { kilo: { api: 'https://a.example.com' } }\n";
  expect(addressOf(configOf(endpoints), 'kilo')).toBe('https://a.example.com');
  const both = `${endpoints}oauth-upstream: { kilo: 'https://b.example.com' }\n`;
  expect(addressOf(configOf(both), 'kilo')).toBe('https://b.example.com');
});

test.each(['foreign', 'constructor', ''])('files of type "%s" are nobody’s', (type) => {
  expect(channelOf(type)).toBeUndefined();
});
