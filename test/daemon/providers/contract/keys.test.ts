import { expect, test } from 'vitest';
import { PROVIDERS } from '../../../../src/daemon/providers/registry.js';
import { testKeyProvider } from '../../../support/provider-contract.js';
import { KEY_CONTRACTS } from './contracts.js';

for (const [id, provider] of Object.entries(PROVIDERS)) testKeyProvider(provider, KEY_CONTRACTS[id]);

test('contracts are of providers that exist', () => {
  expect(Object.keys(KEY_CONTRACTS).sort()).toEqual(Object.keys(PROVIDERS).sort());
});
