import { type Context, Hono } from 'hono';
import { AppError } from '../../../shared/errors.js';
import type { ControlPlane } from '../../control/control-plane.js';
import type { ShowChooser } from './chooser.js';
import type { PageLogin, PageLogins } from './page-logins.js';
import { formOf, leadTo, showPage, stateIn } from './respond.js';
import { failedPage, messagePage, savedPage } from './views/outcome.js';
import { questionPage, waitingPage } from './views/waiting.js';

export interface LoginRoutesParts {
  readonly logins: PageLogins;
  readonly plane: Pick<ControlPlane, 'credentials'>;
  readonly chooser: ShowChooser;
  readonly now: () => number;
}

const SOCIAL = {
  title: 'Google and GitHub are not available',
  message: 'Kiro sends these sign-ins back to its own IDE only, and this gateway does not pretend to be the IDE',
  hint: 'sign in with the Kiro IDE, then bring its login over: by its file, or by its refresh token',
};
const GONE = {
  title: 'Unknown login',
  message: 'this login is over for longer than half an hour, or never was',
  hint: 'if it was saved, it stands among the Kiro logins of this gateway',
};
/** How often a browser without script looks again. */
const RELOAD_SECONDS = 5;

/** A login by code: begun, waited for, told. */
export function loginRoutes({ logins, plane, chooser, now }: LoginRoutesParts): Hono {
  const app = new Hono();

  const start = async (c: Context, given: Readonly<Record<string, unknown>>): Promise<Response> => {
    const text = (name: string): string => (typeof given[name] === 'string' ? given[name].trim() : '');
    const method = text('method').toLowerCase();
    const isOrganisation = method === 'idc';
    const startUrl = text('startUrl');
    const region = text('region');
    if (method === '') return c.redirect(c.req.path.replace(/\/start$/, ''), 302);
    if (['google', 'github', 'social'].includes(method)) {
      return showPage(c, { title: SOCIAL.title, body: messagePage(SOCIAL) }, 400);
    }
    if (!isOrganisation && method !== 'builder-id' && method !== 'aws') {
      const title = 'Unknown way to sign in';
      const hint = 'choose one of those on the next page';
      return showPage(
        c,
        { title, body: messagePage({ title, message: 'there is no such way to sign in', hint }) },
        400,
      );
    }
    const form = isOrganisation ? 'organisation' : 'start';
    const back = (error: { code: string; message: string; hint?: string | undefined }): Promise<Response> =>
      chooser(
        c,
        // Of an error itself nothing is left by spreading it.
        { trouble: { message: error.message, hint: error.hint, form }, startUrl, region: region || undefined },
        statusOf(error.code),
      );
    if (isOrganisation && startUrl === '') {
      return back({ code: 'login_option_invalid', message: 'the start URL is missing', hint: START_URL_HINT });
    }
    try {
      const options = { ...(isOrganisation ? { 'start-url': startUrl } : {}), ...(region === '' ? {} : { region }) };
      const { state, ending } = await logins.start({ method: 'device', options });
      return ending?.error === undefined ? leadTo(c, 'wait', state) : back(ending.error);
    } catch (error) {
      if (error instanceof AppError) return back(error);
      throw error;
    }
  };

  const wait = (c: Context, login: PageLogin): Response | Promise<Response> => {
    const { state, code, question, ending, waitsUntil } = login;
    if (ending !== undefined) return leadTo(c, 'callback', state);
    if (question !== undefined)
      return showPage(c, { title: 'One more choice', body: questionPage({ state, question }) });
    if (code === undefined) {
      const body = messagePage({ title: 'Just a moment', message: 'the login is being finished' });
      return showPage(c, { title: 'Just a moment', body, refreshSeconds: RELOAD_SECONDS });
    }
    const body = waitingPage({ state, code, remainingSeconds: secondsLeft(waitsUntil, now()) });
    return showPage(c, { title: 'Confirm at AWS', body, refreshSeconds: RELOAD_SECONDS });
  };

  const outcome = async (c: Context, { ending }: PageLogin): Promise<Response> => {
    if (ending?.result !== undefined) {
      const { result } = ending;
      const summary = (await plane.credentials()).find(({ id }) => id === result.credential);
      const body = savedPage({ result, models: summary?.models ?? 0, expiresAt: summary?.expiresAt });
      return showPage(c, { title: 'Login saved', body });
    }
    if (ending?.state === 'cancelled') {
      const title = 'Login cancelled';
      return showPage(c, { title, body: messagePage({ title, message: 'nothing was saved' }) });
    }
    const { message = 'the login failed', hint } = ending?.error ?? {};
    return showPage(c, { title: 'This did not work', body: failedPage({ message, hint }) });
  };

  /** A page about a login, for those that know its state. */
  const about = (show: (c: Context, login: PageLogin) => Response | Promise<Response>) => (c: Context) => {
    const login = find(logins, c.req.query('state'));
    return login === undefined ? showPage(c, { title: GONE.title, body: messagePage(GONE) }, 404) : show(c, login);
  };

  app.get('/start', (c) => {
    // A link of another site begins nothing, nor does a look ahead: they lead to where a person may.
    const site = c.req.header('sec-fetch-site') ?? 'none';
    const isOwn = c.req.method === 'GET' && (site === 'none' || site === 'same-origin');
    return isOwn ? start(c, c.req.query()) : leadTo(c, '');
  });
  app.post('/start', async (c) => start(c, await formOf(c)));
  app.get('/wait', about(wait));
  app.get(
    '/callback',
    about((c, login) => (login.ending === undefined ? leadTo(c, 'wait', login.state) : outcome(c, login))),
  );
  app.get('/social/callback', (c) => showPage(c, { title: SOCIAL.title, body: messagePage(SOCIAL) }, 404));
  app.get('/status', async (c) => {
    c.header('cache-control', 'no-store');
    if ((c.req.query('state') ?? '') === '') return c.json({ error: 'missing state parameter' }, 400);
    const login = find(logins, c.req.query('state'));
    if (login === undefined) return c.json({ error: 'session not found' }, 404);
    return c.json(await statusView(login, plane, now()));
  });
  app.post('/answer', async (c) => {
    const { state: given, value } = await formOf(c);
    const login = find(logins, typeof given === 'string' ? given : undefined);
    if (login === undefined) return showPage(c, { title: GONE.title, body: messagePage(GONE) }, 404);
    const { state, question } = login;
    try {
      if (question !== undefined) await logins.answer(state, typeof value === 'string' ? value : '');
      return leadTo(c, 'wait', state);
    } catch (error) {
      if (!(error instanceof AppError) || question === undefined) throw error;
      return showPage(c, { title: 'One more choice', body: questionPage({ state, question, trouble: error }) }, 400);
    }
  });
  app.post('/cancel', async (c) => {
    const { state: given } = await formOf(c);
    const state = find(logins, typeof given === 'string' ? given : undefined)?.state;
    if (state === undefined) return showPage(c, { title: GONE.title, body: messagePage(GONE) }, 404);
    await logins.cancel(state);
    return leadTo(c, 'callback', state);
  });
  return app;
}

const START_URL_HINT = 'give it as in https://d-1234567890.awsapps.com/start';

function find(logins: PageLogins, state: string | undefined): PageLogin | undefined {
  const known = stateIn(state);
  return known === undefined ? undefined : logins.find(known);
}

const secondsLeft = (until: number, now: number): number => Math.max(0, Math.round((until - now) / 1000));

const statusOf = (code: string): 400 | 502 | 503 => {
  if (code === 'vendor_unreachable') return 502;
  return code === 'login_too_many' ? 503 : 400;
};

/** As related gateways tell it; `question`: the page has something to ask. */
async function statusView(
  { ending, question, waitsUntil }: PageLogin,
  plane: Pick<ControlPlane, 'credentials'>,
  now: number,
): Promise<Readonly<Record<string, unknown>>> {
  if (ending === undefined) {
    const more = question === undefined ? {} : { question: question.message };
    return { status: 'pending', remaining_seconds: secondsLeft(waitsUntil, now), ...more };
  }
  const at = new Date(ending.at).toISOString();
  if (ending.result === undefined) {
    return { status: 'failed', error: ending.error?.message ?? 'the login failed', failed_at: at };
  }
  const { credential } = ending.result;
  const expiresAt = (await plane.credentials()).find(({ id }) => id === credential)?.expiresAt;
  const end = expiresAt === undefined ? {} : { expires_at: new Date(expiresAt).toISOString() };
  return { status: 'success', completed_at: at, ...end };
}
