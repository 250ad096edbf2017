import { fitMessages } from '../messages-body/fit-messages.js';
import type { Call } from '../provider.js';
import { joinBetas, neededBetas, takeClientBetas } from './betas.js';
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

/**
 * What every request to a Claude upstream goes through, by API key or by login: the model's name, settings and tools as the
 * API takes them, cache breakpoints, and the betas. A request that Claude Code makes of its own vendor is not for this.
 * @returns the value of `anthropic-beta`; empty: send none.
 * @throws RequestFault for what the model would refuse.
 */
export function shapeRequest(call: Call, { autoCache, isVendor, rebuildsSystemTurns, betas = [] }: Shape): string {
  const { body, model, operation, clientHeaders } = call;
  if (body.get('model') !== model.id) body.set('model', model.id);
  const asked = takeClientBetas(clientHeaders, body);
  settleSystemTurns(body, model, rebuildsSystemTurns);
  const marks = fitMessages(call, { autoCache });
  // Our own breakpoints last the usual time.
  const needed = isVendor ? neededBetas(body, { model, operation, hasNoHour: marks?.hours === 0 }) : [];
  return joinBetas([...asked, ...betas, ...needed]);
}
