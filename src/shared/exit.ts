/** Exit codes of the command line; stable. */
export const EXIT = {
  ok: 0,
  failed: 1,
  /** Wrong usage, or a config that cannot be read. */
  usage: 2,
  notRunning: 3,
  /** A credential can only be mended by logging in again. */
  loginNeeded: 4,
  /** It runs, and something needs a person. */
  degraded: 5,
  /** Another program holds the port a login's redirect would come to. */
  callbackPortInUse: 13,
} as const;
