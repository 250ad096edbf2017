import type { StreamFacts } from '../dialects/dialect.js';
import { openFrameFilter } from './frame-filter.js';
import type { StreamEdit } from './relay.js';

const USAGE = Buffer.from('"usage":');
const USAGE_ONLY = /(?=.*"usage":\s*\{).*"choices":\s*\[\]/s;

/**
 * Takes the usage-only chunk out of an OpenAI chat stream: we always ask the upstream for it, and a client that did not
 * must not see it.
 * @param facts What a tap has seen, the chunk at hand included: before there is usage, there is nothing to look for.
 */
export const openUsageFilter = (facts: StreamFacts): StreamEdit =>
  openFrameFilter({
    marker: USAGE,
    isOut: (frame) => USAGE_ONLY.test(frame.toString('latin1')),
    mayBeOut: () => facts.usage !== undefined,
  });
