import { type Context, Hono } from 'hono';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import {
  isKiroPagePath,
  isManagementPath,
  management,
  managementPath,
  PEER_HEADER,
} from '../../../shared/contract/management/management.js';
import type { ManagementRoute } from '../../../shared/contract/management/route.js';
import { AppError } from '../../../shared/errors.js';
import { VERSION } from '../../../shared/version.js';
import type { AccessQuestion, ManagementAccess } from '../access.js';
import {
  type ManagementCall,
  type ManagementHandlers,
  ManagementRefusal,
  type ManagementReply,
  type PlainReply,
} from './reply.js';

export interface ManagementAppOptions {
  readonly handlers: ManagementHandlers<typeof management>;
  readonly access: ManagementAccess;
  /** Pages for people, which let in by rules of their own. */
  readonly pages: Pick<Hono, 'fetch'>;
  /** Host, Origin and Sec-Fetch-Site; of a navigation only the first. */
  readonly refuseAddress: (
    address: {
      readonly host: string | undefined;
      readonly origin: string | undefined;
      readonly fetchSite: string | undefined;
    },
    kind: 'call' | 'navigation',
  ) => { readonly code: string; readonly message: string } | undefined;
  /** Lower-case origins whose pages may read answers. */
  readonly listedOrigins: () => ReadonlySet<string>;
  readonly onInternalError: (error: unknown, route: string) => void;
}

const ROUTES = Object.entries<ManagementRoute>(management);
const PREFLIGHT_SECONDS = '600';
/** What web UIs look at; plugins are not built. */
const SERVER_HEADERS = { 'X-CPA-VERSION': VERSION, 'X-CPA-SUPPORT-PLUGIN': 'false' };
const EXPOSED = 'X-CPA-VERSION, X-CPA-SUPPORT-PLUGIN, Retry-After';

/**
 * The management API. What the data plane handed on is judged by address and key; the local socket is for its owner alone, and
 * no key is asked there.
 */
export function createManagementApp(options: ManagementAppOptions): Hono {
  const { handlers, access, pages, onInternalError } = options;
  const app = new Hono();
  app.use(async (c, next) => {
    const peer = c.req.header(PEER_HEADER);
    if (peer !== undefined && !(isManagementPath(c.req.path) && access.isAvailable())) return c.body(null, 404);
    if (isKiroPagePath(c.req.path)) return pages.fetch(c.req.raw);
    if (peer === undefined) return next();
    const kind = accessOf(c.req.method, c.req.path);
    const answer = refuseForeign(c, kind, options) ?? (await refuseStranger(c, peer, kind, access));
    if (answer === undefined) await next();
    else c.res = answer;
    if (kind === 'key') for (const [name, value] of Object.entries(SERVER_HEADERS)) c.res.headers.set(name, value);
    letListedRead(c, options.listedOrigins());
    return c.res;
  });
  for (const [name, route] of ROUTES) {
    // The table ties each handler to its route; iterating over it loses that tie.
    const handle = handlers[name as keyof typeof management] as (
      call: ManagementCall,
    ) => Promise<ManagementReply<Readonly<Record<string, unknown>>> | PlainReply>;
    app.on(route.method.toUpperCase(), managementPath(route), async (c) => answerWith(c, await handle(callOf(c))));
  }
  app.notFound((c) =>
    c.json(
      {
        error: 'not_found',
        message: `there is no ${c.req.method} ${c.req.path.slice(0, 200)} in the management API of cliproxyctl ${VERSION}; docs/management-api.md lists what there is`,
      },
      404,
    ),
  );
  app.onError((error, c) => {
    if (error instanceof ManagementRefusal) return c.json(error.body, error.status as ContentfulStatusCode);
    if (error instanceof AppError) return c.json({ error: error.code, message: wordsOf(error) }, statusOf(error));
    onInternalError(error, `${c.req.method} ${c.req.path}`);
    return c.json({ error: 'internal_error', message: 'internal error; the log of the daemon has more' }, 500);
  });
  return app;
}

/** Paths without a route are the API's own, too: nobody learns without a key what is there. */
function accessOf(method: string, path: string): ManagementRoute['access'] {
  const found = ROUTES.find(([, route]) => managementPath(route) === path && route.method.toUpperCase() === method);
  return found?.[1].access ?? 'key';
}

function refuseForeign(
  c: Context,
  kind: ManagementRoute['access'],
  { refuseAddress, listedOrigins }: ManagementAppOptions,
): Response | undefined {
  const address = {
    host: c.req.header('host'),
    origin: c.req.header('origin'),
    fetchSite: c.req.header('sec-fetch-site'),
  };
  const refused = refuseAddress(address, kind === 'navigation' ? 'navigation' : 'call');
  if (refused !== undefined) return c.json({ error: refused.code, message: refused.message }, 403);
  // A preflight carries no key.
  const isPreflight = c.req.method === 'OPTIONS' && c.req.header('access-control-request-method') !== undefined;
  if (!isPreflight || address.origin === undefined || !listedOrigins().has(address.origin.toLowerCase())) return;
  return c.body(null, 204, {
    'access-control-allow-methods': 'GET, POST, PUT, PATCH, DELETE',
    'access-control-allow-headers': c.req.header('access-control-request-headers') ?? '',
    'access-control-max-age': PREFLIGHT_SECONDS,
  });
}

async function refuseStranger(
  c: Context,
  peer: string,
  kind: ManagementRoute['access'],
  access: ManagementAccess,
): Promise<Response | undefined> {
  if (kind !== 'key') return undefined;
  const question: AccessQuestion = {
    peer,
    authorization: c.req.header('authorization'),
    managementKey: c.req.header('x-management-key'),
  };
  const refused = await access.refuse(question);
  return refused === undefined ? undefined : c.json({ error: refused.error }, refused.status);
}

function letListedRead(c: Context, listed: ReadonlySet<string>): void {
  const origin = c.req.header('origin');
  if (origin === undefined || !listed.has(origin.toLowerCase())) return;
  c.res.headers.set('access-control-allow-origin', origin);
  c.res.headers.set('access-control-expose-headers', EXPOSED);
  c.res.headers.append('vary', 'Origin');
}

const callOf = (c: Context): ManagementCall => ({
  request: c.req.raw,
  query: new URL(c.req.url).searchParams,
  params: c.req.param(),
  signal: c.req.raw.signal,
  isRemote: c.req.header(PEER_HEADER) !== undefined,
});

function answerWith(c: Context, reply: ManagementReply<Readonly<Record<string, unknown>>> | PlainReply): Response {
  if ('text' in reply) return new Response(reply.text, { status: reply.status, headers: reply.headers });
  return c.json(reply.body, (reply.status ?? 200) as ContentfulStatusCode, { 'cache-control': 'no-store' });
}

const wordsOf = ({ message, hint }: AppError): string => (hint === undefined ? message : `${message}; ${hint}`);

function statusOf({ code }: AppError): ContentfulStatusCode {
  switch (code) {
    case 'credential_unknown':
    case 'login_unknown':
      return 404;
    case 'credential_changed':
    case 'credential_exists':
      return 409;
    case 'no_worker':
    case 'worker_gone':
    case 'worker_late':
      return 503;
    default:
      return code.startsWith('config_') ? 422 : 400;
  }
}
