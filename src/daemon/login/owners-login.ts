import type { JsonObject } from '../ir/json.js';
import type { RefreshOutcome } from '../providers/account.js';
import type { AccountContext } from './account-context.js';
import type { LocalFiles } from './local-files.js';
import { LATER_MS, READ_ONLY_REASON } from './renew.js';

/** Another program that renews a login, and where it keeps it. */
export interface LoginOwner {
  readonly name: string;
  /** The login as it is there now, in the members of our files; `undefined`: there is none. Never writes. */
  read(local: LocalFiles, now: number): Promise<JsonObject | undefined>;
  isSame(theirs: JsonObject, ours: JsonObject): boolean;
}

/** How long before its end a login that another program owns is looked for there: it renews when it likes. */
export const LOOK_BEFORE_MS = 5 * 60_000;

/** Takes over what the owner of a read-only login has renewed; its refresh token is left to it. */
export async function rereadLogin(
  ours: JsonObject,
  { local, clock }: AccountContext,
  owner: LoginOwner,
): Promise<RefreshOutcome> {
  const theirs = local && (await owner.read(local, clock.now()));
  if (theirs === undefined || !owner.isSame(theirs, ours)) return { kind: 'login-needed', reason: READ_ONLY_REASON };
  if (theirs['access_token'] !== ours['access_token'] && !isOlder(theirs, ours))
    return { kind: 'renewed', fields: theirs };
  return {
    kind: 'failed',
    reason: `this login is renewed by ${owner.name}, which has not done so yet: use it once, or log in here`,
    retryAfterMs: LATER_MS,
  };
}

function isOlder(theirs: JsonObject, ours: JsonObject): boolean {
  const [end, ourEnd] = [theirs, ours].map(({ expired }) =>
    typeof expired === 'string' ? Date.parse(expired) : Number.NaN,
  );
  return end !== undefined && ourEnd !== undefined && end < ourEnd;
}
