import { type Context, Hono } from 'hono';
import { KIRO_PAGE_BASE as BASE } from '../../../shared/contract/management/management.js';
import { AppError } from '../../../shared/errors.js';
import type { ControlPlane } from '../../control/control-plane.js';
import type { ShowChooser } from './chooser.js';
import { type GivenFile, loginsIn } from './import-files.js';
import type { PageLogin, PageLogins } from './page-logins.js';
import { pastedToken } from './pasted-token.js';
import { renewAll } from './renew-all.js';
import { type FormFields, formOf, isForm, leadTo } from './respond.js';
import { alertBox, noticeBox } from './views/parts.js';

export interface ImportRoutesParts {
  readonly logins: PageLogins;
  readonly plane: Pick<ControlPlane, 'credentials' | 'keeping'>;
  readonly chooser: ShowChooser;
}

/** Logins that another program made, and the renewal of all that are here. */
export function importRoutes({ logins, plane, chooser }: ImportRoutesParts): Hono {
  const app = new Hono();

  const tokenForm = async (c: Context, text: string): Promise<Response> => {
    try {
      const login = await logins.start({ method: 'token', secret: pastedToken(text) });
      const error = login.ending?.error;
      if (error !== undefined) return await chooser(c, { trouble: { ...error, form: 'token' } }, 400);
      return leadTo(c, 'wait', login.state);
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      return chooser(c, { trouble: { message: error.message, hint: error.hint, form: 'token' } }, 400);
    }
  };

  const filesForm = async (c: Context, form: FormFields): Promise<Response> => {
    const options: Readonly<Record<string, string>> = form['own'] === 'true' ? { own: 'true' } : {};
    const ended: { readonly name: string; readonly login: PageLogin }[] = [];
    try {
      for (const { name, files } of loginsIn(await filesIn(form))) {
        ended.push({ name, login: await logins.start({ method: 'import', files, options }) });
      }
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      return chooser(c, { trouble: { message: error.message, hint: error.hint, form: 'files' } }, 400);
    }
    const [first] = ended;
    if (first === undefined || ended.length > 1) return chooser(c, { notice: summaryOf(ended) });
    const error = first.login.ending?.error;
    if (error !== undefined) return chooser(c, { trouble: { ...error, form: 'files' } }, 400);
    return leadTo(c, 'wait', first.login.state);
  };

  const tokenJson = async (c: Context): Promise<Response> => {
    const body: unknown = await c.req.json().catch(() => undefined);
    const given = typeof body === 'object' && body !== null ? Object.entries(body) : [];
    const token = given.find(([name]) => name === 'refreshToken')?.[1];
    const refuse = (error: string): Response => c.json({ success: false, error }, 400);
    if (typeof token !== 'string') return refuse('refreshToken is required');
    try {
      const { ending, question, state } = await logins.start({ method: 'token', secret: pastedToken(token) });
      if (question !== undefined) return refuse(`${question.message} Answer at ${BASE}/wait?state=${state}`);
      if (ending?.result === undefined) return refuse(wordsOf(ending?.error ?? { message: 'the import failed' }));
      const { name, label } = ending.result;
      return c.json({ success: true, message: `the login of ${label} was saved`, fileName: name });
    } catch (error) {
      if (error instanceof AppError) return refuse(wordsOf(error));
      throw error;
    }
  };

  app.post('/import', async (c) => {
    if (!isForm(c)) return tokenJson(c);
    const form = await formOf(c);
    const token = form['refreshToken'];
    return typeof token === 'string' ? tokenForm(c, token) : filesForm(c, form);
  });

  app.post('/refresh', async (c) => {
    const { renewed, failures } = await renewAll(plane);
    const hasFailed = renewed === 0 && failures.length > 0;
    const message = renewed === 0 ? 'No token was refreshed' : `Refreshed ${renewed} token(s)`;
    if (isForm(c)) {
      const lines = [`Tokens refreshed: ${renewed}.`, ...failures.map((failure) => `Not refreshed: ${failure}.`)];
      const notice = hasFailed
        ? alertBox({ message, hint: failures.join('; ') })
        : noticeBox(failures.length > 0 ? 'warn' : 'good', lines);
      return chooser(c, { notice });
    }
    const warnings = failures.length > 0 ? { warnings: failures } : {};
    return hasFailed
      ? c.json({ success: false, error: message, ...warnings }, 400)
      : c.json({ success: true, message, refreshedCount: renewed, ...warnings });
  });
  return app;
}

async function filesIn(form: FormFields): Promise<readonly GivenFile[]> {
  const given = [form['files'] ?? []].flat().filter((file) => typeof file !== 'string');
  // A form without a choice sends one file that has neither name nor content.
  const chosen = given.filter(({ name, size }) => name !== '' || size > 0);
  return Promise.all(chosen.map(async (file) => ({ name: file.name, content: await file.text() })));
}

const wordsOf = ({ message, hint }: { readonly message: string; readonly hint?: string | undefined }): string =>
  hint === undefined ? message : `${message}; ${hint}`;

function summaryOf(ended: readonly { readonly name: string; readonly login: PageLogin }[]) {
  const lines = ended.map(({ name, login: { ending, question, state } }) => {
    if (ending?.result !== undefined) return `${name}: saved as ${ending.result.name} (${ending.result.label}).`;
    if (question !== undefined) return `${name}: has a question, at ${BASE}/wait?state=${state}`;
    return `${name}: ${wordsOf(ending?.error ?? { message: 'the import failed' })}.`;
  });
  return noticeBox(ended.every(({ login }) => login.ending?.result !== undefined) ? 'good' : 'warn', lines);
}
