/** One limit of an account and how much of it is used. */
export interface QuotaWindow {
  /** Stable: `five_hour`, `seven_day`, `premium_interactions`. */
  readonly id: string;
  readonly title: string;
  /** 0 to 100, and beyond where a vendor counts overage. */
  readonly usedPercent: number;
  /** Where the vendor counts things rather than shares. */
  readonly used?: number;
  readonly limit?: number;
  readonly unit?: string;
  /** Epoch milliseconds. */
  readonly resetsAt?: number;
  /** The vendor refuses requests of this window right now. */
  readonly exhausted?: boolean;
  /** Upstream model names it covers, `*` as wildcard; absent: all. */
  readonly models?: string;
}

/** What is known of an account's limits, from whom and since when. */
export interface QuotaFacts {
  readonly windows: readonly QuotaWindow[];
  readonly source: 'response-headers' | 'usage-call';
  /** Epoch milliseconds. */
  readonly at: number;
  readonly plan?: string;
  /** These are all windows there are: others that were known before are no more. */
  readonly isComplete?: true;
}
