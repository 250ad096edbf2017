import type { LoginView } from '../../../shared/contract/logins.js';
import type { vertex } from '../../../shared/contract/management/vertex.js';
import type { ControlPlane } from '../control-plane.js';
import { isObject, type ManagementHandlers, ManagementRefusal } from './reply.js';

const DEFAULT_LOCATION = 'us-central1';
const MAX_KEY_CHARS = 65_536;
const WAIT_MS = 5_000;

/** A service account's key file, kept by the same login that the command line has. */
export const vertexHandlers = ({
  logins,
  files,
}: Pick<ControlPlane, 'logins' | 'files'>): ManagementHandlers<typeof vertex> => ({
  async importVertexKey({ request, query, signal }) {
    const form = await request.formData().catch((): never => {
      throw new ManagementRefusal(400, 'file required');
    });
    const file = form.get('file');
    if (file === null || typeof file === 'string') throw new ManagementRefusal(400, 'file required');
    const key = checkedKey(await file.text());
    const given = form.get('location') ?? query.get('location');
    const location = typeof given === 'string' && given.trim() !== '' ? given.trim() : DEFAULT_LOCATION;

    const id = await logins.start({ provider: 'vertex', method: 'token', options: { location } });
    const { result, error } = await drive(logins, { id, key, signal });
    if (result === undefined) {
      const message = error?.message ?? 'the login was cancelled';
      const isRefused = error?.code.startsWith('login_') === true || error?.code === 'credential_malformed';
      throw new ManagementRefusal(isRefused ? 400 : 500, {
        error: isRefused ? 'invalid service account' : 'save_failed',
        message,
      });
    }
    const kept = (await files.list()).find(({ name }) => name === result.name);
    const text = (member: string, otherwise: string): string => {
      const value = kept?.fields[member];
      return typeof value === 'string' ? value : otherwise;
    };
    return {
      body: {
        status: 'ok',
        'auth-file': kept?.path ?? result.name,
        project_id: text('project_id', ''),
        email: text('email', result.label),
        location: text('location', location),
      },
    };
  },
});

/** On one line, as a person would paste it. */
function checkedKey(text: string): string {
  const account = parse(text);
  if (!isObject(account)) throw new ManagementRefusal(400, 'invalid json');
  const hasAll = ['client_email', 'private_key'].every((name) => typeof account[name] === 'string');
  if (account['type'] !== 'service_account' || !hasAll) throw new ManagementRefusal(400, 'invalid service account');
  if (typeof account['project_id'] !== 'string' || account['project_id'].trim() === '') {
    throw new ManagementRefusal(400, 'project_id missing');
  }
  const key = JSON.stringify(account);
  if (key.length > MAX_KEY_CHARS) throw new ManagementRefusal(400, 'invalid service account');
  return key;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Answers the login's one question, and waits for its end. */
async function drive(
  logins: ControlPlane['logins'],
  { id, key, signal }: { readonly id: string; readonly key: string; readonly signal: AbortSignal },
): Promise<LoginView> {
  for (let after = 0; ; ) {
    const view = await logins.watch({ id, after, waitMs: WAIT_MS }, signal);
    if (view.state !== 'running') return view;
    if (signal.aborted) {
      await logins.cancel(id);
      throw new ManagementRefusal(499, 'the request was given up');
    }
    const question = view.events.find((event) => event.type === 'question');
    if (question !== undefined) await logins.answer({ id, question: question.id, value: key });
    after = view.events.at(-1)?.seq ?? after;
  }
}
