import type { WireBody } from '../../dialects/dialect.js';
import type { Call } from '../provider.js';
import { placeCacheBreakpoints } from './auto-cache.js';
import { joinBetas, neededBetas, takeClientBetas } from './betas.js';
import { countMarks, limitMarks, type Marks } from './cache-marks.js';
import { sanitiseTools } from './sanitise.js';
import { fitSettings } from './settings.js';
import { settleSystemTurns } from './system-turns.js';

export interface Shape {
  /** Sets prompt-cache breakpoints where a request has none. */
  readonly autoCache: boolean;
  /** Anthropic itself: it gets the betas that the body needs. Other hosts may refuse what they do not know. */
  readonly isVendor: boolean;
  /** Moves messages of role `system` into the top-level field. */
  readonly rebuildsSystemTurns: boolean;
  /** Betas that the credential needs, such as the one of a subscription's token. */
  readonly betas?: readonly string[];
}

/** Members that count_tokens refuses; the first three are confirmed, the others have no meaning there. */
const NOT_COUNTED = ['metadata', 'context_management', 'diagnostics', 'stream', 'max_tokens'] as const;

/** Placing breakpoints parses the messages; beyond this size those of a relayed body are left alone. */
const MAX_RELAYED_CACHE_BYTES = 256 * 1024;

/**
 * What every request to a Claude upstream goes through, by API key or by login: the model's name, settings and tools as the
 * API takes them, cache breakpoints, and the betas. The body is edited in place; long members of a relayed one are parsed
 * only where their bytes show something to do. A request that Claude Code makes of its own vendor is not for this.
 * @returns the value of `anthropic-beta`; empty: send none.
 * @throws RequestFault for what the model would refuse.
 */
export function shapeRequest(call: Call, { autoCache, isVendor, rebuildsSystemTurns, betas = [] }: Shape): string {
  const { body, model, operation, clientHeaders, relay } = call;
  if (body.get('model') !== model.id) body.set('model', model.id);
  const asked = takeClientBetas(clientHeaders, body);
  settleSystemTurns(body, model, rebuildsSystemTurns);
  if (operation === 'count-tokens') for (const member of NOT_COUNTED) dropMember(body, member);
  // A translated body was just made to fit.
  else if (relay) fitSettings(body, model);
  sanitiseTools(body);
  const marks = relay ? limitMarks(body, countMarks(body)) : undefined;
  if (operation === 'generate' && autoCache && mayPlaceBreakpoints(call, marks)) placeCacheBreakpoints(body);
  // Our own breakpoints last the usual time.
  const needed = isVendor ? neededBetas(body, { model, operation, hasNoHour: marks?.hours === 0 }) : [];
  return joinBetas([...asked, ...betas, ...needed]);
}

/** A translated body is at hand as an object. A relayed one is parsed for it, so not where that is dear or in vain. */
function mayPlaceBreakpoints({ body, clientHeaders }: Call, marks: Marks | undefined): boolean {
  if (marks === undefined) return true;
  // Claude Code manages its own cache.
  if (clientHeaders['x-claude-code-session-id'] !== undefined) return false;
  return marks.count === 0 && (body.raw?.('messages')?.length ?? 0) <= MAX_RELAYED_CACHE_BYTES;
}

function dropMember(body: WireBody, member: string): void {
  if (body.get(member) !== undefined) body.set(member, undefined);
}
