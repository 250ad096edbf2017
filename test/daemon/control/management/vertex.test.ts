import { afterEach, beforeEach, expect, test } from 'vitest';
import type { ControlPlane } from '../../../../src/daemon/control/control-plane.js';
import type { LoginMethod } from '../../../../src/daemon/login/method.js';
import { AppError } from '../../../../src/shared/errors.js';
import { openTestManagement, type TestManagement } from '../../../support/management.js';
import { openTestLogins, type TestLogins } from '../../../support/oauth/logins.js';

const KEY = { type: 'service_account', client_email: 'svc@demo', private_key: 'pem', project_id: 'demo' };

/** As the provider's own: asks for the key, and keeps it with the location. */
const method: LoginMethod = {
  id: 'token',
  title: 'by key',
  async run({ ask, options }) {
    const account = JSON.parse(await ask({ id: 'key', message: 'the key', secret: true }));
    if (options['location'] === 'refused') throw new AppError('login_refused', 'Google does not know this key');
    if (options['location'] === 'full') throw new AppError('storage_failed', 'the disk is full');
    const fields = {
      type: 'vertex',
      service_account: account,
      project_id: account.project_id,
      email: account.client_email,
    };
    return {
      name: 'vertex-demo.json',
      fields: { ...fields, location: options['location'] ?? '' },
      label: account.client_email,
      isSame: () => false,
    };
  },
};

let logins: TestLogins;
let api: TestManagement;
beforeEach(() => {
  logins = openTestLogins({ methods: [method] });
  const control: ControlPlane['logins'] = {
    ...logins.sessions,
    start: ({ provider, callbackPort: _, ...query }) => {
      expect(provider).toBe('vertex');
      return logins.start(query);
    },
  };
  api = openTestManagement({ logins: control });
});
afterEach(() => logins.close());

const send = (content: string | undefined, location?: string, query = '') => {
  const form = new FormData();
  if (content !== undefined) form.append('file', new File([content], 'key.json'));
  if (location !== undefined) form.append('location', location);
  return api.ask(`/v0/management/vertex/import${query}`, { method: 'POST', body: form });
};

test.each([
  { name: 'the form', location: 'europe-west4', query: '', kept: 'europe-west4' },
  { name: 'the query', location: undefined, query: '?location=asia-east1', kept: 'asia-east1' },
  { name: 'nowhere', location: undefined, query: '', kept: 'us-central1' },
])('a key is kept by the login, with the location of $name', async ({ location, query, kept }) => {
  const { status, body } = await send(JSON.stringify(KEY, null, 2), location, query);
  expect(status).toBe(200);
  expect(body).toMatchObject({ status: 'ok', 'auth-file': expect.stringContaining('vertex-demo.json') });
  expect((await logins.stored())['vertex-demo.json']).toMatchObject({ service_account: KEY, location: kept });
});

test.each([
  [undefined, 'file required'],
  ['not json', 'invalid json'],
  ['[]', 'invalid json'],
  ['{}', 'invalid service account'],
  [JSON.stringify({ ...KEY, private_key: 1 }), 'invalid service account'],
  [JSON.stringify({ ...KEY, project_id: ' ' }), 'project_id missing'],
])('%s is refused: %s', async (content, error) => {
  expect(await send(content)).toMatchObject({ status: 400, body: { error } });
  expect(await logins.stored()).toEqual({});
});

test.each([
  ['refused', 400, 'invalid service account'],
  ['full', 500, 'save_failed'],
])('a key that is %s is %i', async (location, status, error) => {
  const told = await send(JSON.stringify(KEY), location);
  expect(told).toMatchObject({ status, body: { error, message: expect.any(String) } });
  expect(told.text).not.toContain('pem');
});
