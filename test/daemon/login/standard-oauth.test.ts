import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createPkce } from '../../../src/daemon/login/pkce.js';
import { askStandard } from '../../../src/daemon/login/standard-oauth.js';
import { openRenewal, type Renewal } from '../../support/oauth/renewal.js';
import { startVendorServer, type VendorServer } from '../../support/oauth/vendor-server.js';

const TOKEN = 'POST /token';

let vendor: VendorServer;
let renewal: Renewal;
beforeEach(async () => {
  // Refuses whoever does not say our name.
  vendor = await startVendorServer({ [TOKEN]: () => ({ body: { access_token: 'at', token_type: 'bearer' } }) });
  renewal = openRenewal({});
});
afterEach(async () => {
  await renewal.close();
  await vendor.close();
});

const ask = (more: { readonly clientSecret?: string; readonly hasErrorsAs200?: boolean } = {}) =>
  askStandard(renewal.context, {
    party: {
      endpoints: { token_endpoint: `${vendor.url}/token` },
      clientId: 'c-1',
      clientSecret: more.clientSecret,
    },
    ...(more.hasErrorsAs200 === undefined ? {} : { hasErrorsAs200: more.hasErrorsAs200 }),
    async run(oauth, { server, client, proof }, options) {
      const answer = await oauth.deviceCodeGrantRequest(server, client, proof, 'dc-1', options);
      return oauth.processDeviceCodeResponse(server, client, answer);
    },
  });

test('asks over our own client, under our own name', async () => {
  expect((await ask({ clientSecret: 's-1' })).value).toMatchObject({ access_token: 'at' });
  expect(Object.fromEntries(vendor.requests[0]?.form() ?? [])).toEqual({
    client_id: 'c-1',
    client_secret: 's-1',
    device_code: 'dc-1',
    grant_type: 'urn:ietf:params:oauth:grant-type:device_code',
  });
});

describe('what is no grant has no value, and is shown as it came', () => {
  test.each([
    { name: 'a refusal', answer: { status: 400, body: { error: 'access_denied' } } },
    { name: 'a refusal without a reason', answer: { status: 401 } },
    { name: 'no JSON', answer: { status: 200, body: '<html>' } },
    { name: 'a body that may not be', answer: { status: 204 } },
    { name: 'a token of another kind', answer: { body: { access_token: 'at', token_type: 'mac' } } },
    { name: 'a server that is down', answer: { status: 503 } },
  ])('$name', async ({ answer }) => {
    vendor.next(TOKEN, answer);
    const { value, reply } = await ask();
    expect(value).toBeUndefined();
    expect(reply.status).toBe(answer.status ?? 200);
  });
});

test('an error with status 200 is one where the vendor is known for that', async () => {
  const error = { access_token: 'at', token_type: 'bearer', error: 'slow_down' };
  vendor.next(TOKEN, { body: error }, { body: error });
  expect((await ask({ hasErrorsAs200: true })).value).toBeUndefined();
  expect((await ask()).value).toMatchObject({ access_token: 'at' });
});

test('a vendor that cannot be reached is an error of its own', async () => {
  vendor.next(TOKEN, { breaks: true });
  await expect(ask()).rejects.toMatchObject({ code: 'vendor_unreachable' });
});

// RFC 7636, appendix B.
test('the challenge fits the verifier as the standard has it', async () => {
  const bytes = Buffer.from('dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk', 'base64url');
  expect(await createPkce(() => bytes)).toEqual({
    verifier: 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk',
    challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
  });
});
