import type { Context } from 'hono';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import type { CredentialSummary } from '../../../shared/contract/credentials.js';
import { AppError } from '../../../shared/errors.js';
import type { ControlPlane } from '../../control/control-plane.js';
import { showPage } from './respond.js';
import { type ChooserParts, chooserPage } from './views/chooser.js';
import type { LoginLine } from './views/login-list.js';

export type ShowChooser = (
  c: Context,
  shown?: Omit<ChooserParts, 'policy' | 'logins'>,
  status?: ContentfulStatusCode,
) => Promise<Response>;

/** The page that everything begins at, with what the gateway has by now. */
export const openChooser =
  (plane: Pick<ControlPlane, 'logins' | 'credentials'>): ShowChooser =>
  async (c, shown = {}, status = 200) => {
    const [providers, credentials] = await Promise.all([plane.logins.providers(), plane.credentials()]);
    const policy = providers.find(({ id }) => id === 'kiro')?.policy;
    if (policy === undefined) throw new AppError('login_provider_unknown', 'this gateway has no Kiro login');
    const logins = credentials.filter(isKiroFile).map(lineOf);
    const title = shown.trouble === undefined ? 'Add a Kiro login' : 'Error: add a Kiro login';
    return showPage(c, { title, body: chooserPage({ ...shown, policy, logins }) }, status);
  };

export const isKiroFile = ({ provider, source }: CredentialSummary): boolean =>
  provider === 'kiro' && source === 'file';

function lineOf(summary: CredentialSummary): LoginLine {
  const { label, name, id, expiresAt } = summary;
  return {
    label,
    file: name ?? id,
    ...conditionOf(summary),
    // A time that nobody knows is kept as long past.
    ...(expiresAt === undefined || expiresAt < 1_000_000 ? {} : { expiresAt }),
  };
}

function conditionOf({
  state,
  disabled,
  refresh,
  reason,
}: CredentialSummary): Pick<LoginLine, 'mood' | 'state' | 'why'> {
  if (disabled || state === 'disabled') return { mood: 'warn', state: 'Off' };
  if (state === 'unusable') return { mood: 'bad', state: 'Unusable', why: reason };
  if (refresh?.state === 'login-needed') return { mood: 'bad', state: 'Login needed', why: refresh.reason };
  if (refresh?.state === 'failed') return { mood: 'warn', state: 'Not renewed', why: refresh.reason };
  if (state === 'cooling') return { mood: 'warn', state: 'Resting', why: reason };
  return { mood: 'good', state: 'Ready' };
}
