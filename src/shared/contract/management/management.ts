import { authFiles } from './auth-files.js';
import { models } from './models.js';
import { oauth } from './oauth.js';
import { MANAGEMENT_BASE, type ManagementContract, type ManagementRoute } from './route.js';
import { vertex } from './vertex.js';

/** The management API as far as it is built: compatible with that of related gateways, on the main port. */
export const management = { ...authFiles, ...models, ...vertex, ...oauth } as const satisfies ManagementContract;

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

/** Whether the data plane hands a request on to the control plane. */
export const isManagementPath = (path: string): boolean =>
  path === MANAGEMENT_BASE || path.startsWith(`${MANAGEMENT_BASE}/`) || PAGE_PATHS.has(path);

/** Set by the data plane on what it hands on: the address of the connection's other end. Never taken from a client. */
export const PEER_HEADER = 'x-cliproxyctl-peer';
