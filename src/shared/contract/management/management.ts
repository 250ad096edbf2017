import { antigravity } from './antigravity.js';
import { authFiles } from './auth-files.js';
import { kiro } from './kiro.js';
import { models } from './models.js';
import { oauth } from './oauth.js';
import { MANAGEMENT_BASE, type ManagementContract, type ManagementRoute } from './route.js';
import { vertex } from './vertex.js';

/** The management API as far as it is built: compatible with that of related gateways, on the main port. */
export const management = {
  ...authFiles,
  ...models,
  ...vertex,
  ...antigravity,
  ...kiro,
  ...oauth,
} as const satisfies ManagementContract;

/** Where redirects of logins come to, outside of the API's own paths. */
const PAGE_PATHS: ReadonlySet<string> = new Set(
  Object.values<ManagementRoute>(management)
    .filter(({ output }) => output === undefined)
    .map(({ path }) => path)
    .filter((path) => path.endsWith('/callback')),
);

/** The whole path of a route. */
export const managementPath = ({ path }: ManagementRoute): string =>
  PAGE_PATHS.has(path) ? path : `${MANAGEMENT_BASE}${path}`;

/** Pages for logging in to Kiro in a browser, below the path that related gateways have them at. */
export const KIRO_PAGE_BASE = '/v0/oauth/kiro';

export const isKiroPagePath = (path: string): boolean =>
  path === KIRO_PAGE_BASE || path.startsWith(`${KIRO_PAGE_BASE}/`);

/** Whether the data plane hands a request on to the control plane. */
export const isManagementPath = (path: string): boolean =>
  path === MANAGEMENT_BASE || path.startsWith(`${MANAGEMENT_BASE}/`) || PAGE_PATHS.has(path) || isKiroPagePath(path);

/** Set by the data plane on what it hands on: the address of the connection's other end. Never taken from a client. */
export const PEER_HEADER = 'x-cliproxyctl-peer';
