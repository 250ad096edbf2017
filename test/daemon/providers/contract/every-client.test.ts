import { ACCOUNT_PROVIDERS, PROVIDERS } from '../../../../src/daemon/providers/registry.js';
import { testEveryClient } from '../../../support/provider-contract-clients.js';
import { ACCOUNT_CONTRACTS, KEY_CONTRACTS } from './contracts.js';

// One without a contract fails in `accounts.test.ts` or `keys.test.ts`.
for (const provider of ACCOUNT_PROVIDERS) {
  const contract = ACCOUNT_CONTRACTS[provider.channel];
  if (contract !== undefined) testEveryClient(`${provider.channel} by login`, contract, provider);
}
for (const id of Object.keys(PROVIDERS)) {
  const contract = KEY_CONTRACTS[id];
  if (contract !== undefined) testEveryClient(`${id} by key`, contract);
}
