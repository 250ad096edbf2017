import type { WireBody } from '../../dialects/dialect.js';
import type { Call } from '../provider.js';
import { placeCacheBreakpoints } from './auto-cache.js';
import { countMarks, limitMarks, type Marks } from './cache-marks.js';
import { sanitiseTools } from './sanitise.js';
import { fitSettings } from './settings.js';

/** Members that count_tokens refuses; the first three are confirmed, the others have no meaning there. */
const NOT_COUNTED = ['metadata', 'context_management', 'diagnostics', 'stream', 'max_tokens'] as const;

/** Placing breakpoints parses the messages; beyond this size those of a relayed body are left alone. */
const MAX_RELAYED_CACHE_BYTES = 256 * 1024;

/**
 * What Claude takes in a body of the Messages API, whoever serves it: settings, tools and cache breakpoints. The body is
 * edited in place; long members of a relayed one are parsed only where their bytes show something to do.
 * @returns the client's own breakpoints; `undefined`: the body is a translated one, and they are ours.
 */
export function fitMessages(call: Call, { autoCache }: { readonly autoCache: boolean }): Marks | undefined {
  const { body, model, operation, relay } = call;
  if (operation === 'count-tokens') for (const member of NOT_COUNTED) dropMember(body, member);
  // A translated body was just made to fit.
  else if (relay) fitSettings(body, model);
  sanitiseTools(body);
  const marks = relay ? limitMarks(body, countMarks(body)) : undefined;
  if (operation === 'generate' && autoCache && mayPlaceBreakpoints(call, marks)) placeCacheBreakpoints(body);
  return marks;
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
