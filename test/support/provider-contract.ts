import { describe, expect, test } from 'vitest';
import type { AccountProvider } from '../../src/daemon/providers/account.js';
import type { Provider } from '../../src/daemon/providers/provider.js';
import { testFacts } from './provider-contract-facts.js';
import { testFiles } from './provider-contract-files.js';
import { testInference } from './provider-contract-inference.js';
import { testRefresh } from './provider-contract-refresh.js';
import type { AccountContract, KeyContract } from './provider-contract-types.js';

/** The suite that every provider passes whose credentials are files. */
export function testAccountProvider(provider: AccountProvider, contract: AccountContract | undefined): void {
  describe(`${provider.channel}, by login`, () => {
    if (contract === undefined) return missing(provider.channel);
    testFiles(provider, contract);
    testFacts(provider, contract);
    testRefresh(provider, contract);
    testInference(contract, provider);
  });
}

/** The suite that every provider passes whose keys stand in the config. */
export function testKeyProvider(provider: Provider, contract: KeyContract | undefined): void {
  describe(`${provider.id}, by key`, () => {
    if (contract === undefined) return missing(provider.id);
    testInference(contract);
  });
}

/** A provider cannot be registered without saying what it promises. */
function missing(name: string): void {
  test('has a contract', () => {
    expect.fail(`write one for ${name} in test/daemon/providers/contract/vendors, with a line in contracts.ts`);
  });
}
