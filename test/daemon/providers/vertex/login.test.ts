import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { JsonObject } from '../../../../src/daemon/ir/json.js';
import { vertexLogins } from '../../../../src/daemon/providers/vertex/login.js';
import { openTestLogins, type TestLogins, type TestLoginsOptions } from '../../../support/oauth/logins.js';
import { startVendorServer, type VendorServer } from '../../../support/oauth/vendor-server.js';
import { type GoogleTokenDesk, makeServiceAccount, openGoogleTokenDesk } from '../../../support/vendors/google.js';

const service = makeServiceAccount();
const WELL_KNOWN = '/home/ann/.config/gcloud/application_default_credentials.json';

let desk: GoogleTokenDesk;
let vendor: VendorServer;
let logins: TestLogins;

const open = (options: Partial<TestLoginsOptions> = {}): TestLogins => {
  const opened = openTestLogins({
    methods: vertexLogins,
    settings: { endpoints: { token: `${vendor.url}/token` } },
    ...options,
  });
  desk = openGoogleTokenDesk(service, opened.clock.now);
  return opened;
};

beforeEach(async () => {
  vendor = await startVendorServer({
    'POST /token': (request) => desk.answer(request.form(), request.headers['user-agent']),
  });
  logins = open();
});
afterEach(async () => {
  await logins.close();
  await vendor.close();
});

async function enter(value: string, options: Record<string, string> = {}) {
  const id = await logins.start({ options });
  expect(await logins.event(id, 'question')).toMatchObject({ id: 'key', secret: true });
  logins.sessions.answer({ id, question: 'key', value });
  return logins.end(id);
}
const asText = (file: JsonObject): string => JSON.stringify(file);

describe('a key of a service account', () => {
  test('is proven and kept as other gateways keep it', async () => {
    const { result } = await enter(asText(service.file));
    const name = 'vertex-demo-project.json';
    expect(result).toEqual({ credential: `acme:${name}`, name, label: service.email, replaced: false });
    expect((await logins.stored())[name]).toEqual({
      type: 'vertex',
      project_id: 'demo-project',
      email: service.email,
      location: 'us-central1',
      service_account: service.file,
    });
    expect(desk.issued).toHaveLength(1);
  });

  test.each([
    { options: { prefix: '/teamA/', location: 'global' }, name: 'vertex-teamA-demo-project.json', prefix: 'teamA' },
    { options: { prefix: 'team A:1' }, name: 'vertex-team-A_1-demo-project.json', prefix: 'team A:1' },
  ])('may have a prefix and a place: $options', async ({ options, name, prefix }) => {
    const given: Record<string, string> = { ...options };
    expect((await enter(asText(service.file), given)).result).toMatchObject({ name });
    expect((await logins.stored())[name]).toMatchObject({ prefix, location: given['location'] ?? 'us-central1' });
  });

  test('takes the place of the same one', async () => {
    await logins.store.write('mine.json', {
      type: 'vertex',
      project_id: 'demo-project',
      email: service.email,
      weight: 3,
    });
    expect((await enter(asText(service.file))).result).toMatchObject({ name: 'mine.json', replaced: true });
    expect((await logins.stored())['mine.json']).toMatchObject({ weight: 3, service_account: service.file });
  });

  test.each<{ name: string; value: string; options?: Record<string, string>; says: string }>([
    { name: 'no JSON', value: 'x', says: 'no JSON object' },
    { name: 'no project', value: asText({ ...service.file, project_id: '' }), says: 'project_id missing' },
    { name: 'a place that is none', value: asText(service.file), options: { location: 'x/y' }, says: 'location' },
    { name: 'a prefix of two', value: asText(service.file), options: { prefix: 'a/b' }, says: 'one path segment' },
    { name: 'a stranger’s key', value: asText(makeServiceAccount().file), says: 'Invalid Signature' },
  ])('is refused for $name, and nothing is kept', async ({ value, options, says }) => {
    const { state, error } = await enter(value, options);
    expect(state).toBe('failed');
    expect(error?.message).toContain(says);
    expect(JSON.stringify(error)).not.toContain('PRIVATE KEY');
    expect(await logins.stored()).toEqual({});
  });

  test('is kept with a warning where Google cannot be reached', async () => {
    vendor.next('POST /token', { breaks: true });
    const { result } = await enter(asText(service.file));
    expect(result?.warning).toContain('was not reached');
    expect(Object.keys(await logins.stored())).toHaveLength(1);
  });
});

describe('the application-default credentials', () => {
  const person = {
    type: 'authorized_user',
    client_id: 'client-1',
    client_secret: 'secret-1',
    refresh_token: '1//adc',
    quota_project_id: 'quota-1',
  };
  const takeOver = async (options: Partial<TestLoginsOptions>, login: Record<string, string> = {}) => {
    const own = open(options);
    desk.refreshTokens.set('1//adc', { clientId: 'client-1', clientSecret: 'secret-1' });
    const id = await own.start({ method: 'import', options: login });
    const end = await own.end(id);
    const stored = await own.stored();
    await own.close();
    return { end, stored };
  };

  test.each<{ name: string; path: string; env?: Record<string, string>; login?: Record<string, string> }>([
    { name: 'where gcloud keeps them', path: WELL_KNOWN },
    {
      name: 'where the environment says',
      path: '/keys/a.json',
      env: { GOOGLE_APPLICATION_CREDENTIALS: '/keys/a.json' },
    },
    {
      name: 'in gcloud’s moved folder',
      path: '/gc/application_default_credentials.json',
      env: { CLOUDSDK_CONFIG: '/gc' },
    },
    { name: 'in the file that was named', path: '/keys/b.json', login: { file: '/keys/b.json' } },
  ])('are found $name', async ({ path, env = {}, login = {} }) => {
    const { stored } = await takeOver({ files: { [path]: asText(person) }, env }, login);
    expect(stored['vertex-quota-1.json']).toEqual({
      type: 'vertex',
      project_id: 'quota-1',
      email: '',
      location: 'us-central1',
      authorized_user: person,
    });
  });

  test('may be a service account', async () => {
    const { stored } = await takeOver({ files: { [WELL_KNOWN]: asText(service.file) } });
    expect(stored['vertex-demo-project.json']).toMatchObject({ service_account: service.file });
  });

  test.each<{
    name: string;
    env?: Record<string, string>;
    login?: Record<string, string>;
    project: string | undefined;
  }>([
    { name: 'an option', env: { GOOGLE_CLOUD_PROJECT: 'env-1' }, login: { project: 'own-1' }, project: 'own-1' },
    { name: 'the environment', env: { GOOGLE_CLOUD_PROJECT: 'env-1' }, project: 'env-1' },
    { name: 'nobody', project: undefined },
  ])('that name no project get it from $name', async ({ env = {}, login = {}, project }) => {
    const { quota_project_id: _project, ...plain } = person;
    const { end, stored } = await takeOver({ files: { [WELL_KNOWN]: asText(plain) }, env }, login);
    expect(Object.values(stored).map((file) => file['project_id'])).toEqual(project === undefined ? [] : [project]);
    expect(end.error?.code).toBe(project === undefined ? 'login_option_invalid' : undefined);
  });

  test.each([{ files: {} }, { files: { [WELL_KNOWN]: '{"type":"external_account"}' } }])(
    'that are not there are said',
    async ({ files }) => {
      const { end } = await takeOver({ files });
      expect(end.error).toMatchObject({ code: 'login_source_missing', message: expect.stringContaining(WELL_KNOWN) });
    },
  );
});
