import type {
  AilmentView,
  CredentialDetail,
  CredentialSummary,
  RefreshView,
} from '../../shared/contract/credentials.js';
import { loginCommandFor } from '../login/providers.js';
import type { Output } from '../ui/output.js';
import { type Column, renderFacts, renderTable } from '../ui/table.js';
import { clean, duration } from '../ui/text.js';
import { accountOf } from './resolve.js';

type Style = Pick<Output, 'color' | 'width'>;

/** One line a credential; columns that say nothing are left out. */
export function renderCredentials(
  credentials: readonly CredentialSummary[],
  { color, width }: Style,
  now: number,
): string {
  const paint = { ready: color.green, cooling: color.yellow, disabled: color.dim, unusable: color.red };
  const columns: readonly Column<CredentialSummary>[] = [
    { title: 'ID', value: ({ id }) => id },
    { title: 'PROVIDER', value: ({ provider }) => provider },
    { title: 'ACCOUNT', value: accountOf, isFlexible: true },
    { title: 'PLAN', value: ({ plan }) => plan ?? '' },
    {
      title: 'STATE',
      value: (row) => stateOf(row, now),
      style: (cell, row) => (needsLogin(row) ? color.red(cell) : paint[row.state](cell)),
    },
    { title: 'TOKEN', value: (row) => tokenOf(row, now), style: (cell, row) => tokenPaint(row, color, cell) },
    { title: 'MODELS', value: ({ models }) => String(models), align: 'right' },
    { title: 'PRIORITY', value: ({ priority }) => (priority === 0 ? '' : String(priority)), align: 'right' },
    { title: 'WEIGHT', value: ({ weight }) => (weight === 1 ? '' : String(weight)), align: 'right' },
    { title: 'PREFIX', value: ({ prefix }) => prefix ?? '' },
    {
      title: 'SOURCE',
      value: ({ source, name }) => (source === 'file' ? (name ?? 'file') : 'config'),
      isFlexible: true,
    },
    { title: 'NOTE', value: ({ note }) => note ?? '', isFlexible: true },
    { title: 'UPSTREAM', value: ({ baseUrl }) => baseUrl ?? '', isFlexible: true },
    { title: 'REASON', value: ({ reason }) => reason ?? '', isFlexible: true },
  ];
  return renderTable(credentials, columns, { ...(width === undefined ? {} : { width }), heading: color.dim });
}

/** Only a person can mend it. */
export const needsLogin = ({ refresh, disabled }: CredentialSummary): boolean =>
  refresh?.state === 'login-needed' && !disabled;

function stateOf(credential: CredentialSummary, now: number): string {
  const { state, coolingUntil } = credential;
  if (needsLogin(credential)) return 'login needed';
  return state === 'cooling' && coolingUntil !== undefined ? `cooling ${duration(coolingUntil - now)}` : state;
}

/** How long the access token goes on, or what became of renewing it. */
function tokenOf({ refresh, expiresAt }: CredentialSummary, now: number): string {
  if (refresh?.state === 'login-needed') return 'refused';
  if (refresh?.state === 'failed') return 'renewal failed';
  if (refresh?.state === 'refreshing') return 'renewing';
  if (expiresAt === undefined) return '';
  return expiresAt <= now ? 'expired' : `for ${shortDuration(expiresAt - now)}`;
}

/** Its largest unit alone. */
const shortDuration = (ms: number): string => duration(ms).split(' ').slice(0, 2).join(' ');

function tokenPaint({ refresh }: CredentialSummary, color: Style['color'], cell: string): string {
  if (refresh?.state === 'login-needed') return color.red(cell);
  return refresh?.state === 'failed' ? color.yellow(cell) : cell;
}

/** A credential with its models and what each rests for. */
export function renderCredential(credential: CredentialDetail, { color, width }: Style, now: number): string {
  const { id, provider, label, email, plan, source, name, note, baseUrl, proxy, priority, weight, prefix, offers } =
    credential;
  const facts: readonly (readonly [string, string | undefined])[] = [
    ['id', id],
    ['provider', provider],
    ['label', label],
    ['account', email],
    ['plan', plan],
    ['source', source === 'file' ? (name ?? 'file') : 'config.yaml'],
    ['note', note],
    ['upstream', baseUrl],
    ['proxy', proxy],
    ['prefix', prefix],
    ['priority', String(priority)],
    ['weight', String(weight)],
    ['state', stateOf(credential, now)],
    ['reason', credential.reason],
    ['prompt cache', cacheText(credential)],
    ['token', credential.expiresAt === undefined ? undefined : tokenOf(credential, now)],
    ['renewal', credential.refresh === undefined ? undefined : refreshText(credential.refresh, now)],
    ['mend it', needsLogin(credential) ? loginCommandFor(provider) : undefined],
  ];
  const known = facts.flatMap(([title, value]) => (value === undefined ? [] : [[title, clean(value)] as const]));
  const columns: readonly Column<CredentialDetail['offers'][number]>[] = [
    { title: 'MODEL', value: ({ name }) => name },
    { title: 'UPSTREAM MODEL', value: ({ name, model }) => (name === model ? '' : model) },
    {
      title: 'STATE',
      value: ({ ailment }) => ailmentText(ailment, now),
      style: (cell, { ailment }) => (ailment === undefined ? color.green(cell) : color.yellow(cell)),
    },
  ];
  const table = renderTable(offers, columns, { ...(width === undefined ? {} : { width }), heading: color.dim });
  return `${renderFacts(known, color.dim)}${offers.length === 0 ? '' : `\n\n${table}`}`;
}

/** How much of the input came from prompt caches, where upstreams told. */
function cacheText({ cache = [] }: CredentialDetail): string | undefined {
  const total = cache.reduce((sum, { inputTokens }) => sum + inputTokens, 0);
  if (total === 0) return undefined;
  const read = cache.reduce((sum, { cacheReadTokens }) => sum + cacheReadTokens, 0);
  return `${Math.round((100 * read) / total)} % of ${total} input tokens read from it`;
}

/** What became of renewing the token, when, and when it is tried next. */
export function refreshText({ state, at, reason, nextAt }: RefreshView, now: number): string {
  const words = { ok: 'renewed', due: 'due', refreshing: 'running', failed: 'failed', 'login-needed': 'refused' };
  const when = at === undefined || state === 'due' ? '' : ` ${duration(now - at)} ago`;
  const why = reason === undefined ? '' : `: ${reason}`;
  const next = nextAt === undefined || nextAt <= now ? '' : `; next in ${duration(nextAt - now)}`;
  return `${words[state]}${when}${why}${next}`;
}

function ailmentText(ailment: AilmentView | undefined, now: number): string {
  if (ailment === undefined) return 'ready';
  const { state, reason, status, until, probeAt } = ailment;
  const why = status === undefined ? reason : `${reason} (${status})`;
  if (state !== 'cooling') return `${state} after ${why}`;
  const probe = probeAt !== undefined && probeAt < until ? `, probed in ${duration(probeAt - now)}` : '';
  return `cooling ${duration(until - now)} after ${why}${probe}`;
}
