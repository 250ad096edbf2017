import type { JsonObject } from '../../ir/json.js';
import type { Carried } from '../../ir/request.js';

export const ID = 'gemini-generate';

/** Stands in for a lost thought signature; documented by Google for histories that come from elsewhere. */
export const SIGNATURE_BYPASS = 'skip_thought_signature_validator';

/** What this dialect itself left on a value: unmapped wire members and `$` hints. */
export const ownExtension = (carried: Carried): JsonObject => carried.ext?.[ID] ?? {};
