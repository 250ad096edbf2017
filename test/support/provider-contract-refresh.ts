import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { secretsIn } from '../../src/daemon/observe/secrets.js';
import { openRefresher } from '../../src/daemon/pool/refresher.js';
import type { AccountProvider } from '../../src/daemon/providers/account.js';
import { openMemoryStore } from '../../src/daemon/storage/memory/memory-store.js';
import { handClock } from './oauth/hand-clock.js';
import { openRenewal, type Renewal } from './oauth/renewal.js';
import type { AccountContract, RenewalDesk } from './provider-contract-types.js';

const FILE = 'acme-ann.json';

/** What a provider promises of renewing a login: the only copy of a token that can be used once is at stake. */
export function testRefresh(provider: AccountProvider, contract: AccountContract): void {
  const { desk: openDesk } = contract;
  if (openDesk === undefined) {
    test.each(contract.files)('has nothing to be renewed with, and says so, of one $name', ({ fields }) => {
      const { canRefresh, isAskedAfterRefusal } = provider.read(fields);
      // To ask whether a token is still good is no renewal.
      expect(canRefresh && isAskedAfterRefusal !== true).toBe(false);
    });
    return;
  }
  describe('refresh', () => {
    let desk: RenewalDesk;
    let renewal: Renewal;
    beforeEach(async () => {
      desk = await openDesk();
      renewal = openRenewal(desk.endpoints);
    });
    afterEach(async () => {
      await renewal.close();
      await desk.close();
    });
    const refresh = () => provider.refresh(desk.fields, renewal.context);

    if (contract.spendsRefreshTokens === true) {
      test('never spends the refresh token of a login that another program owns', async () => {
        const outcome = await provider.refresh({ ...desk.fields, cliproxyctl_read_only: true }, renewal.context);
        expect(outcome.kind).not.toBe('renewed');
        expect(desk.asked()).toBe(0);
      });
    }

    test('gives a token that is new, and good for a while', async () => {
      const outcome = await refresh();
      if (outcome.kind !== 'renewed') throw new Error(JSON.stringify(outcome));
      const after = provider.read({ ...desk.fields, ...outcome.fields });
      expect(after.tokenId).not.toBe(provider.read(desk.fields).tokenId);
      expect(after.expiresAt).toBeGreaterThan(renewal.clock.now());
    });

    test('keeps a refresh token that the vendor gives in place of the old one', async () => {
      desk.next(desk.good({ access: 'a-new-access-token', refresh: 'a-new-refresh-token' }));
      const outcome = await refresh();
      expect(outcome).toMatchObject({ kind: 'renewed' });
      expect(JSON.stringify(outcome)).toContain('a-new-refresh-token');
    });

    test('leaves the old refresh token where the vendor gives none', async () => {
      desk.next(desk.good({ access: 'a-new-access-token' }));
      const outcome = await refresh();
      if (outcome.kind !== 'renewed') throw new Error(JSON.stringify(outcome));
      expect(outcome.fields).not.toHaveProperty('refresh_token');
      expect(provider.read({ ...desk.fields, ...outcome.fields }).canRefresh).toBe(true);
    });

    test('a refused refresh token needs the person, and is not sent again', async () => {
      desk.next({
        status: 400,
        body: { error: 'invalid_grant', error_description: `no: ${secretsIn(desk.fields).join(' ')}` },
      });
      const outcome = await refresh();
      expect(outcome.kind).toBe('login-needed');
      expect(desk.asked()).toBe(1);
      expectNoSecret(outcome, desk);
    });

    test.each([
      { name: '500', answer: { status: 500, body: {} } },
      { name: '503', answer: { status: 503, body: 'busy' } },
      { name: 'a broken connection', answer: { breaks: true } },
    ])('$name passes by itself: tried three times, then later', async ({ answer }) => {
      desk.next(answer, answer, answer);
      const outcome = await refresh();
      expect(outcome).toMatchObject({ kind: 'failed', retryAfterMs: expect.any(Number) });
      expect(desk.asked()).toBe(3);
      expectNoSecret(outcome, desk);
    });

    test('one 500 is not the end of it', async () => {
      desk.next({ status: 500, body: {} });
      expect((await refresh()).kind).toBe('renewed');
    });

    test('429 is waited out as long as the vendor says', async () => {
      desk.next({ status: 429, headers: { 'retry-after': '240' }, body: {} });
      const outcome = await refresh();
      if (outcome.kind !== 'failed') throw new Error(JSON.stringify(outcome));
      expect(outcome.retryAfterMs).toBeGreaterThanOrEqual(240_000);
    });

    test.each([
      { name: 'without a token', answer: { body: { token_type: 'Bearer' } } },
      { name: 'that is no JSON', answer: { body: '<html>ok</html>' } },
    ])('an answer $name changes nothing', async ({ answer }) => {
      desk.next(answer);
      expect((await refresh()).kind).toBe('failed');
    });

    test('many at once ask the vendor once, and lose no member of the file', async () => {
      const fields = { ...desk.fields, of_a_newer_version: { deep: [1, null] }, note: 'mine' };
      const store = openMemoryStore({ [FILE]: fields });
      const refresher = openRefresher({
        store,
        clock: handClock(),
        workers: 4,
        providerOf: () => provider,
        contextOf: () => renewal.context,
        onStored: async () => undefined,
        onEvent: () => undefined,
      });
      const { tokenId } = provider.read(fields);
      const results = await Promise.all(Array.from({ length: 8 }, () => refresher.renew(FILE, tokenId)));
      await refresher.close();
      expect(new Set(results.map(({ kind }) => kind))).toEqual(new Set(['renewed']));
      expect(desk.asked()).toBe(1);
      const stored = (await store.read(FILE))?.fields ?? {};
      expect(stored).toMatchObject({
        of_a_newer_version: { deep: [1, null] },
        note: 'mine',
        type: desk.fields['type'],
      });
      expect(provider.read(stored).tokenId).not.toBe(tokenId);
    });
  });
}

function expectNoSecret(outcome: object, desk: RenewalDesk): void {
  const { refresh_token: token } = desk.fields;
  expect(JSON.stringify(outcome)).not.toContain(String(token));
}
