import type { JsonObject, JsonValue } from '../../ir/json.js';
import type { Usage } from '../../ir/usage.js';

/** What an answer tells of its size, gathered from several events. */
export interface UsageReader {
  tokens(usage: JsonObject): void;
  /** 0 to 100, of the model's window. */
  share(percent: number): void;
  credits(event: JsonObject): void;
  /** One search was run for the model: a round is over. */
  searched(): void;
  readonly isFull: boolean;
  read(): Usage | undefined;
}

/** Exact counts win over the share, in whatever order they come; what nobody told stays unknown. */
export function openUsageReader(contextTokens: number | undefined): UsageReader {
  let exact: JsonObject | undefined;
  let percent: number | undefined;
  let metered: JsonObject | undefined;
  let searches = 0;
  /** Said in rounds before the last; what went in is the last one's, which holds the others. */
  let saidBefore = 0;
  return {
    tokens(usage) {
      exact = { ...exact, ...usage };
    },
    share(value) {
      percent = value;
    },
    credits({ usage, unit }) {
      if (typeof usage !== 'number') return;
      const before = metered?.['usage'];
      metered = { usage: usage + (typeof before === 'number' ? before : 0), unit };
    },
    searched() {
      searches += 1;
      saidBefore += countOf(exact?.['outputTokens']) ?? 0;
      exact = undefined;
    },
    get isFull() {
      return percent !== undefined && percent >= 100;
    },
    read() {
      const counts = exact === undefined ? shareOf(percent, contextTokens) : readTokens(exact, saidBefore);
      if (counts === undefined && metered === undefined && searches === 0) return undefined;
      const raw: JsonObject = {
        ...(exact === undefined ? {} : { tokenUsage: exact }),
        ...(percent === undefined ? {} : { contextUsagePercentage: percent }),
        ...(metered === undefined ? {} : { metering: metered }),
      };
      return { ...counts, ...(searches === 0 ? {} : { webSearches: searches }), raw };
    },
  };
}

function readTokens(usage: JsonObject, saidBefore: number): Usage {
  const { cacheReadInputTokens: read, cacheWriteInputTokens: write, uncachedInputTokens: plain } = usage;
  const parts = [plain, read, write].map(countOf).filter((count) => count !== undefined);
  const output = countOf(usage['outputTokens']);
  const cacheRead = countOf(read);
  const cacheWrite = countOf(write);
  return {
    ...(parts.length === 0 ? {} : { inputTokens: parts.reduce((sum, count) => sum + count, 0) }),
    ...(output === undefined ? {} : { outputTokens: output + saidBefore }),
    ...(cacheRead === undefined ? {} : { cacheReadTokens: cacheRead }),
    ...(cacheWrite === undefined ? {} : { cacheWriteTokens: cacheWrite }),
  };
}

function shareOf(percent: number | undefined, contextTokens: number | undefined): Usage | undefined {
  if (percent === undefined || contextTokens === undefined) return undefined;
  return { inputTokens: Math.round((percent * contextTokens) / 100) };
}

const countOf = (value: JsonValue | undefined): number | undefined =>
  typeof value === 'number' && Number.isFinite(value) && value >= 0 ? value : undefined;
