import type { KeptMembers } from '../../ir/lost.js';

/** What this dialect's decoder leaves among the wire members although others get it too. */
export const KEPT: KeptMembers = { mapped: new Set(), groups: { $generationConfig: 'generationConfig' } };
