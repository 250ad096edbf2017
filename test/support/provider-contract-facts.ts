import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openCatalog } from '../../src/daemon/models/catalog.js';
import type { AccountProvider } from '../../src/daemon/providers/account.js';
import { accountSettingsOf } from '../../src/daemon/runtime/account-settings.js';
import { createDispatchers } from '../../src/daemon/transport/dispatchers.js';
import { createHttpClient } from '../../src/daemon/transport/http.js';
import { parseConfig, requireConfig } from '../../src/shared/config/load.js';
import { AppError } from '../../src/shared/errors.js';
import { type Gate, startGate } from './provider-contract-gate.js';
import { openRig } from './provider-contract-rig.js';
import type { AccountContract, Stage } from './provider-contract-types.js';

const DAY = /^20\d\d-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01]))?$/;

/** Facts of a vendor are data, with where they come from and since when: its terms, its models, its limits. */
export function testFacts(provider: AccountProvider, contract: AccountContract): void {
  test('its policy card says where it comes from, and when it was read', () => {
    const { standing, summary, clientOwner, sources } = provider.policy;
    expect(['permitted', 'unclear', 'forbidden']).toContain(standing);
    expect(summary).toMatch(/^[A-Z].{20,240}\.$/);
    expect(clientOwner).not.toBe('');
    expect(sources.length).toBeGreaterThan(0);
    for (const { url, date } of sources) {
      expect(new URL(url).protocol).toBe('https:');
      expect(date).toMatch(DAY);
    }
  });

  test('its catalogue has a source, a date and models', () => {
    const text = readFileSync(
      new URL(`../../src/daemon/models/data/${provider.catalog}.json`, import.meta.url),
      'utf8',
    );
    const { source, date } = JSON.parse(text) as { readonly source: string; readonly date: string };
    expect(source.length).toBeGreaterThan(20);
    expect(date).toMatch(DAY);
    expect(openCatalog().list(provider.catalog).length).toBeGreaterThan(0);
  });

  test('there is a login, each way with a name of its own', () => {
    const ids = provider.logins.map(({ id }) => id);
    expect(ids.length).toBeGreaterThan(0);
    expect(new Set(ids).size).toBe(ids.length);
  });

  describe('beside the vendor', () => {
    let stage: Stage;
    let gate: Gate;
    let dispatchers: ReturnType<typeof createDispatchers>;
    beforeAll(async () => {
      stage = await contract.start();
      gate = await startGate(stage.origin, contract.isInference);
      dispatchers = createDispatchers(() => undefined);
    });
    afterAll(async () => {
      await dispatchers.close();
      await gate.close();
      await stage.close();
    });
    const context = () => {
      const { config } = requireConfig(parseConfig(stage.settings(gate.origin), { path: 'config.yaml' }));
      const clock = { now: Date.now, sleep: async () => undefined };
      return { http: createHttpClient(dispatchers), clock, settings: accountSettingsOf(config, provider) };
    };
    const file = () => stage.file ?? {};

    test('offers the catalogue’s models where the vendor has listed none', async () => {
      const rig = await openRig({ stage, gate, inference: contract, provider, hasList: false });
      try {
        const models = rig.plane.models().map(({ id }) => id);
        const known = openCatalog().list(provider.catalog);
        const expected = provider.planModels?.(file(), known) ?? known;
        expect(models).toEqual(expect.arrayContaining(expected.map(({ id }) => id)));
      } finally {
        await rig.close();
      }
    });

    if (provider.listModels !== undefined)
      test('lists the account’s models, or says why it cannot', async () => {
        gate.reset();
        expect(Array.isArray(await provider.listModels?.(file(), context()))).toBe(true);
        gate.sideAlways({ status: 500, body: { error: { message: 'down' } } });
        await expect(provider.listModels?.(file(), context())).rejects.toBeInstanceOf(AppError);
      });

    if (provider.readQuota !== undefined)
      test('tells how much is used, or says why it cannot', async () => {
        gate.reset();
        const facts = await provider.readQuota?.(file(), context());
        expect(facts?.source).toBe('usage-call');
        for (const { id, usedPercent } of facts?.windows ?? []) {
          expect(id).toMatch(/^[\w-]+$/);
          expect(usedPercent).toBeGreaterThanOrEqual(0);
        }
        gate.sideAlways({ status: 500, body: { error: { message: 'down' } } });
        await expect(provider.readQuota?.(file(), context())).rejects.toBeInstanceOf(AppError);
      });
  });
}
