import { type GoogleDesk, openGoogleDesk } from './google-desk.js';
import { startVendorServer, type VendorServer } from './vendor-server.js';

export { OWN_CLIENT } from './google-desk.js';

const SCOPES = [
  'https://www.googleapis.com/auth/cloud-platform',
  'https://www.googleapis.com/auth/generative-language.retriever',
  'openid',
  'https://www.googleapis.com/auth/userinfo.email',
];

export interface GoogleFake extends GoogleDesk, VendorServer {
  /** As `oauth-endpoints.gemini`. */
  readonly endpoints: Readonly<Record<string, string>>;
  allowed: readonly string[];
}

/** Google's OAuth for a user's own desktop client. */
export async function startGoogleFake(): Promise<GoogleFake> {
  const desk = openGoogleDesk({ scopes: [SCOPES], redirectPath: '/' });
  const server = await startVendorServer({
    'GET /oauth/authorize': ({ query }) => desk.authorize(query),
    'POST /token': (request) => desk.token(request.form()),
    'POST /revoke': (request) => desk.revoke(request.form()),
  });
  return Object.assign(desk, server, {
    allowed: SCOPES as readonly string[],
    endpoints: {
      authorize: `${server.url}/oauth/authorize`,
      token: `${server.url}/token`,
      revoke: `${server.url}/revoke`,
    },
  });
}
