import type { Context } from 'hono';
import { deleteCookie, getCookie, setCookie } from 'hono/cookie';
import { KIRO_PAGE_BASE as BASE, PEER_HEADER } from '../../../shared/contract/management/management.js';
import type { ManagementAccess } from '../../control/access.js';
import type { ManagementAppOptions } from '../../control/management/app.js';
import type { Visits } from './visits.js';

export interface GuardParts {
  readonly access: ManagementAccess;
  readonly refuseAddress: ManagementAppOptions['refuseAddress'];
  readonly visits: Visits;
  /** Whether the main port speaks TLS: then the cookie never travels without. */
  readonly isTls: () => boolean;
}

/** Why somebody is not let in; `sign-in`: they have not said who they are. */
export interface Refusal {
  readonly kind: 'sign-in' | 'address' | 'peer';
  readonly status: 401 | 403 | 503;
  readonly error: string;
}

export interface Guard {
  /** Host, Origin and Sec-Fetch-Site. A navigation may come from another site, and changes nothing. */
  refuseAddress(c: Context, kind: 'call' | 'navigation'): Refusal | undefined;
  /** Lock-out, remote, then the key or the cookie of somebody who has shown it. */
  refuseStranger(c: Context): Promise<Refusal | undefined>;
  /** Takes the key, and lets this browser in from now on. */
  signIn(c: Context, key: string): Promise<Refusal | undefined>;
  signOut(c: Context): void;
}

const COOKIE = 'cliproxyctl_kiro';

export function openGuard({ access, refuseAddress, visits, isTls }: GuardParts): Guard {
  const peerOf = (c: Context): string | undefined => c.req.header(PEER_HEADER);
  return {
    refuseAddress(c, kind) {
      if (peerOf(c) === undefined) return undefined;
      const address = {
        host: c.req.header('host'),
        origin: c.req.header('origin'),
        fetchSite: c.req.header('sec-fetch-site'),
      };
      const refused = refuseAddress(address, kind);
      return refused === undefined ? undefined : { kind: 'address', status: 403, error: refused.message };
    },
    async refuseStranger(c) {
      const peer = peerOf(c);
      // The local socket is for its owner alone.
      if (peer === undefined) return undefined;
      const cookie = getCookie(c, COOKIE);
      if (cookie !== undefined && visits.isKnown(cookie)) {
        const refused = access.refusePeer(peer);
        if (refused !== undefined) return { ...refused, kind: 'peer' };
        // Another port of the same host is the same site to a cookie, but another origin.
        return c.req.method === 'GET' || c.req.method === 'HEAD' || isSameOrigin(c) ? undefined : FOREIGN;
      }
      return refusalOf(
        await access.refuse({
          peer,
          authorization: c.req.header('authorization'),
          managementKey: c.req.header('x-management-key'),
        }),
      );
    },
    async signIn(c, key) {
      const peer = peerOf(c);
      const refused =
        peer === undefined ? undefined : await access.refuse({ peer, authorization: undefined, managementKey: key });
      if (refused !== undefined) return refusalOf(refused);
      setCookie(c, COOKIE, visits.begin(), { path: BASE, httpOnly: true, sameSite: 'Strict', secure: isTls() });
      return undefined;
    },
    signOut(c) {
      visits.end(getCookie(c, COOKIE) ?? '');
      deleteCookie(c, COOKIE, { path: BASE });
    },
  };
}

const FOREIGN: Refusal = {
  kind: 'address',
  status: 403,
  error: 'this was not sent by a page of this gateway',
};

const refusalOf = (refused: Awaited<ReturnType<ManagementAccess['refuse']>>): Refusal | undefined =>
  refused === undefined ? undefined : { ...refused, kind: refused.status === 401 ? 'sign-in' : 'peer' };

/** Browsers send their origin with every form and every script's call that changes something. */
function isSameOrigin(c: Context): boolean {
  const host = c.req.header('host');
  const origin = c.req.header('origin');
  return host !== undefined && (origin === `http://${host}` || origin === `https://${host}`);
}
