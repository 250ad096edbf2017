import { expect, test } from 'vitest';
import { ACCOUNT_PROVIDERS } from '../../../../src/daemon/providers/registry.js';
import { testAccountProvider } from '../../../support/provider-contract.js';
import { ACCOUNT_CONTRACTS } from './contracts.js';

for (const provider of ACCOUNT_PROVIDERS) testAccountProvider(provider, ACCOUNT_CONTRACTS[provider.channel]);

test('contracts are of providers that exist', () => {
  expect(Object.keys(ACCOUNT_CONTRACTS).sort()).toEqual(ACCOUNT_PROVIDERS.map(({ channel }) => channel).sort());
});
