import { type Context, Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { KIRO_PAGE_BASE as BASE } from '../../../shared/contract/management/management.js';
import { AppError } from '../../../shared/errors.js';
import type { ManagementAccess } from '../../control/access.js';
import type { ControlPlane } from '../../control/control-plane.js';
import type { ManagementAppOptions } from '../../control/management/app.js';
import { openAssets } from './assets.js';
import { openChooser } from './chooser.js';
import { openGuard } from './guard.js';
import { PAGE_HEADERS } from './headers.js';
import { importRoutes } from './import-routes.js';
import { loginRoutes } from './login-routes.js';
import { openPageLogins } from './page-logins.js';
import { formOf, isForm, leadTo, refuse, showPage, showSignIn, stateIn } from './respond.js';
import { messagePage } from './views/outcome.js';
import { openVisits } from './visits.js';

export interface KiroPagesOptions {
  readonly plane: Pick<ControlPlane, 'logins' | 'credentials' | 'keeping' | 'config'>;
  readonly access: ManagementAccess;
  readonly refuseAddress: ManagementAppOptions['refuseAddress'];
  /** Another text once the management key is another one: whoever showed the old one is signed out. */
  readonly keyMark: () => string;
  readonly now: () => number;
  readonly randomBytes: (length: number) => Buffer;
  /** The folder of the style sheet and the script. */
  readonly assets: URL;
  readonly onInternalError: ManagementAppOptions['onInternalError'];
}

/** Login files are small. */
const MAX_BODY_BYTES = 1024 * 1024;
const ASSET_SECONDS = 3600;
/** What a link of another site may open: pages that change nothing. */
const NAVIGATIONS: ReadonlySet<string> = new Set([BASE, `${BASE}/wait`, `${BASE}/callback`]);

/**
 * Pages for logging in to Kiro in a browser. A browser shows the management key once and is known by a cookie from then on;
 * programs send the key with each call, as everywhere in the management API.
 */
export function createKiroPages(options: KiroPagesOptions): Hono {
  const { plane, access, refuseAddress, now, randomBytes, onInternalError } = options;
  const visits = openVisits({ now, randomBytes, keyMark: options.keyMark });
  const guard = openGuard({ access, refuseAddress, visits, isTls: () => plane.config().tls.enable });
  const assetOf = openAssets(options.assets);
  const logins = openPageLogins({ logins: plane.logins, now, randomBytes });
  const chooser = openChooser(plane);
  const app = new Hono().basePath(BASE);

  app.use(async (c, next) => {
    const isRead = c.req.method === 'GET' || c.req.method === 'HEAD';
    const kind = isRead && NAVIGATIONS.has(c.req.path) ? 'navigation' : 'call';
    const isOpen = c.req.path === `${BASE}/sign-in` || c.req.path.startsWith(`${BASE}/assets/`);
    const refused = guard.refuseAddress(c, kind) ?? (isOpen ? undefined : await guard.refuseStranger(c));
    if (refused === undefined) await next();
    else c.res = await refuse(c, refused);
    for (const [name, value] of Object.entries(PAGE_HEADERS)) c.res.headers.set(name, value);
  });
  app.use(bodyLimit({ maxSize: MAX_BODY_BYTES, onError: (c) => fail(c, TOO_LARGE, 413) }));

  app.get('/', (c) => chooser(c));
  app.get('/assets/:name', async (c) => {
    const asset = await assetOf(c.req.param('name'));
    if (asset === undefined) return c.body(null, 404);
    return c.body(asset.content, 200, { 'content-type': asset.type, 'cache-control': `max-age=${ASSET_SECONDS}` });
  });
  app.get('/sign-in', (c) => leadTo(c, ''));
  app.post('/sign-in', async (c) => {
    const { key, state: given } = await formOf(c);
    const state = typeof given === 'string' ? stateIn(given) : undefined;
    const refused = await guard.signIn(c, typeof key === 'string' ? key : '');
    if (refused === undefined) return leadTo(c, 'wait', state);
    return showSignIn(c, { status: refused.status, state, message: refused.error });
  });
  app.post('/sign-out', (c) => {
    guard.signOut(c);
    return leadTo(c, '');
  });
  app.route('/', loginRoutes({ logins, plane, chooser, now }));
  app.route('/', importRoutes({ logins, plane, chooser }));
  app.notFound((c) => fail(c, new AppError('not_found', 'there is no such page here'), 404));
  app.onError((error, c) => {
    if (error instanceof AppError) return fail(c, error, 400);
    onInternalError(error, `${c.req.method} ${c.req.path}`);
    return fail(c, INTERNAL, 500);
  });
  return app;
}

const TOO_LARGE = new AppError('input_too_large', 'that is larger than 1 MB', { hint: 'login files are small' });
const INTERNAL = new AppError('internal_error', 'internal error', { hint: 'the log of the daemon has more' });

function fail(c: Context, { message, hint }: AppError, status: 400 | 404 | 413 | 500): Response | Promise<Response> {
  if (c.req.method === 'POST' && !isForm(c)) return c.json({ success: false, error: message }, status);
  const title = status === 404 ? 'Nothing here' : 'This did not work';
  return showPage(c, { title, body: messagePage({ title, message, hint }) }, status);
}
