import type { Context } from 'hono';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import { KIRO_PAGE_BASE as BASE } from '../../../shared/contract/management/management.js';
import { AppError } from '../../../shared/errors.js';
import type { Refusal } from './guard.js';
import { type LayoutParts, layout } from './views/layout.js';
import { messagePage } from './views/outcome.js';
import { signInPage } from './views/sign-in.js';

/** A whole page. It may show a code or a name: nobody keeps it. */
export function showPage(
  c: Context,
  page: Omit<LayoutParts, 'isSignedIn'> & { readonly isSignedIn?: boolean },
  status: ContentfulStatusCode = 200,
): Response | Promise<Response> {
  c.header('cache-control', 'no-store');
  return c.html(layout({ isSignedIn: true, ...page }), status);
}

/** Sent by a form of a page, not by a program. */
export const isForm = (c: Context): boolean =>
  /^(application\/x-www-form-urlencoded|multipart\/form-data)/i.test(c.req.header('content-type') ?? '');

export type FormFields = Readonly<Record<string, string | File | (string | File)[]>>;

/** What a form sent. @throws AppError `input_invalid` for a body that is none */
export async function formOf(c: Context): Promise<FormFields> {
  try {
    return await c.req.parseBody({ all: true });
  } catch (cause) {
    throw new AppError('input_invalid', 'the form could not be read', { hint: 'send it again', cause });
  }
}

/** Where to look after something was begun or done: asked for again, a page does nothing twice. */
export const leadTo = (c: Context, page: 'wait' | 'callback' | '', state?: string): Response =>
  c.redirect(state === undefined ? BASE : `${BASE}/${page}?state=${encodeURIComponent(state)}`, 303);

/** A login's state as it stands in an address; `undefined`: it cannot be one. */
export function stateIn(text: string | undefined): string | undefined {
  return text !== undefined && /^[\w-]{22}$/.test(text) ? text : undefined;
}

/** For programs as the management API says it, for people as a page: the one to sign in at, if that is what is missing. */
export function refuse(c: Context, { kind, status, error }: Refusal): Response | Promise<Response> {
  const isProgram = c.req.path === `${BASE}/status` || (c.req.method === 'POST' && !isForm(c));
  if (isProgram) return c.json({ error }, status, { 'cache-control': 'no-store' });
  if (kind === 'sign-in') return showSignIn(c, { status, state: stateIn(c.req.query('state')) });
  const title = kind === 'address' ? 'Not from here' : 'Not let in';
  const hint = kind === 'address' ? 'open the page at the address of the gateway itself' : undefined;
  return showPage(c, { title, isSignedIn: false, body: messagePage({ title, message: error, hint }) }, status);
}

export const showSignIn = (
  c: Context,
  { status, state, message }: { status: 401 | 403 | 503; state?: string | undefined; message?: string },
): Response | Promise<Response> =>
  showPage(
    c,
    {
      title: 'Sign in',
      isSignedIn: false,
      body: signInPage({ state, trouble: message === undefined ? undefined : { message } }),
    },
    status,
  );
