import { createHash, randomBytes } from 'node:crypto';
import type { Hono } from 'hono';
import type { Config } from '../../shared/config/schema.js';
import { openManagementAccess } from '../control/access.js';
import type { ControlPlane } from '../control/control-plane.js';
import { openLockOut } from '../control/lock-out.js';
import { antigravityHandlers } from '../control/management/antigravity.js';
import { createManagementApp, type ManagementAppOptions } from '../control/management/app.js';
import { authFileHandlers } from '../control/management/auth-files.js';
import { kiroHandlers } from '../control/management/kiro.js';
import { modelHandlers } from '../control/management/models.js';
import { oauthHandlers } from '../control/management/oauth.js';
import { openPlaceholders } from '../control/management/placeholders.js';
import { vertexHandlers } from '../control/management/vertex.js';
import { renderPage } from '../login/callback-page.js';
import { printable } from '../login/printable.js';
import { createKiroPages } from '../pages/kiro/app.js';
import { compileAccess } from '../runtime/access-policy.js';
import { refuseAddress, refuseHost } from '../runtime/address-check.js';
import type { AccessPolicy } from '../runtime/snapshot.js';
import { verifyManagementKey } from './management-key.js';
import { managementPasswordIn } from './settings.js';

export interface ManagementParts {
  readonly plane: ControlPlane;
  readonly env: NodeJS.ProcessEnv;
  readonly onInternalError: (error: unknown, route: string) => void;
}

/** The management API with the rules of the config in force. */
export function openManagement({ plane, env, onInternalError }: ManagementParts): Hono {
  const password = managementPasswordIn(env);
  const secretHash = (): string => plane.config()['remote-management']['secret-key'];
  const policy = policyOf(plane);
  const placeholders = openPlaceholders(() => createHash('sha256').update(`${secretHash()}\n${password}`).digest());
  const access = openManagementAccess({
    rules: () => ({
      secretHash: secretHash(),
      password,
      allowRemote: plane.config()['remote-management']['allow-remote'],
    }),
    lockOut: openLockOut(Date.now),
    verify: verifyManagementKey,
    memoryKey: randomBytes(32),
  });
  const refuse: ManagementAppOptions['refuseAddress'] = (address, kind) => {
    const rules = policy();
    if (kind === 'navigation' || isOwnPage(address)) return refuseHost(address, rules);
    return refuseAddress(address, rules);
  };
  return createManagementApp({
    handlers: {
      ...authFileHandlers({ plane, placeholders, now: Date.now }),
      ...modelHandlers(plane),
      ...vertexHandlers(plane),
      ...antigravityHandlers(plane),
      ...kiroHandlers(plane),
      ...oauthHandlers({
        plane,
        now: Date.now,
        randomBytes,
        page(id, reason) {
          const { headers, body } = renderPage(id, reason === undefined ? undefined : printable(reason));
          // The contract has 200 for whatever became of it; the page says what did.
          return { status: 200, headers, text: body };
        },
      }),
    },
    access,
    pages: createKiroPages({
      plane,
      access,
      refuseAddress: refuse,
      keyMark: () => `${secretHash()}\n${password}`,
      now: Date.now,
      randomBytes,
      // Beside this file's folder in the sources, and in what the build makes of it.
      assets: new URL('../pages/kiro/assets/', import.meta.url),
      onInternalError,
    }),
    refuseAddress: refuse,
    listedOrigins: () => policy().listedOrigins,
    onInternalError,
  });
}

/** A page that this daemon served itself, under whatever name: the host is checked beside it. */
const isOwnPage = ({ host, origin }: { readonly host: string | undefined; readonly origin: string | undefined }) =>
  host !== undefined && (origin === `http://${host}` || origin === `https://${host}`);

/** Compiled once per config. */
function policyOf(plane: ControlPlane): () => AccessPolicy {
  let last: { readonly config: Config; readonly policy: AccessPolicy } | undefined;
  return () => {
    const config = plane.config();
    if (last?.config !== config) last = { config, policy: compileAccess(config) };
    return last.policy;
  };
}
