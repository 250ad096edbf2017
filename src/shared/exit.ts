/** Exit codes of the command line; stable. */
export const EXIT = {
  ok: 0,
  failed: 1,
  /** Wrong usage, or a config that cannot be read. */
  usage: 2,
  notRunning: 3,
  /** It runs, and something needs a person. */
  degraded: 5,
} as const;
