import type { AccountContract, KeyContract } from '../../../../support/provider-contract-types.js';
import { makeServiceAccount } from '../../../../support/vendors/google.js';
import { EXPRESS_KEY, startFakeVertex } from '../../../../support/vendors/vertex.js';
import { catalogueOf, failuresOf, openingOf } from './replies.js';

const MODEL = 'gemini-2.5-flash';
const service = makeServiceAccount();
const FILE = { type: 'vertex', project_id: 'demo-project', email: service.email, service_account: service.file };

const inference = {
  model: MODEL,
  isInference: (path: string) => /:(streamGenerateContent|generateContent)$/.test(path),
  failure: failuresOf('gemini-generate'),
  opening: openingOf('gemini-generate'),
};

export const vertex: AccountContract = {
  ...inference,
  kind: 'account',
  async start() {
    const vendor = await startFakeVertex(service, [MODEL, ...catalogueOf('vertex')]);
    return {
      origin: vendor.origin,
      settings: (origin) => `oauth-endpoints: { vertex: { token: '${vendor.tokens.url}/token' } }
oauth-upstream: { vertex: '${origin}' }
`,
      file: FILE,
      close: vendor.close,
    };
  },
  files: [
    {
      name: 'as this and other gateways write it',
      fields: FILE,
      facts: { label: `${service.email}, us-central1`, canRefresh: false },
    },
    {
      name: 'without a project of its own, which the key tells',
      fields: { type: 'vertex', location: 'europe-west4', service_account: service.file },
      facts: { label: `${service.email}, europe-west4` },
    },
    {
      name: 'a login of gcloud',
      fields: {
        type: 'vertex',
        project_id: 'demo-project',
        email: 'ann@example.com',
        authorized_user: {
          type: 'authorized_user',
          client_id: 'client-1',
          client_secret: 'secret-1',
          refresh_token: '1//refresh-token',
        },
      },
      facts: { label: 'ann@example.com, us-central1', canRefresh: false },
    },
  ],
  broken: [
    { name: 'without a key', fields: { type: 'vertex', project_id: 'demo-project' }, names: /service_account/ },
    {
      name: 'with a key that is none',
      fields: { ...FILE, service_account: { ...service.file, private_key: 'not-a-key-but-secret' } },
      names: /private_key/,
    },
    { name: 'with a project that is no id', fields: { ...FILE, project_id: 'a/b' }, names: /project_id/ },
    { name: 'with a location that is none', fields: { ...FILE, location: 'evil.example.com' }, names: /location/ },
  ],
};

/** Express mode. The fake knows one key: the second entry has another spelling of the same address. */
export const vertexKey: KeyContract = {
  ...inference,
  kind: 'key',
  async start() {
    const vendor = await startFakeVertex(service, [MODEL, ...catalogueOf('vertex')]);
    return {
      origin: vendor.origin,
      settings: (origin) => `vertex-api-key:
  - { api-key: '${EXPRESS_KEY}', base-url: '${origin}' }
  - { api-key: '${EXPRESS_KEY}', base-url: '${origin}/v1' }
`,
      close: vendor.close,
    };
  },
};
