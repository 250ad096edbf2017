import type { OpenAccountParts } from './account-parts.js';
import type { OpenDataPlane } from './data-plane.js';
import type { PrimaryOptions } from './primary.js';

/** What a daemon process is started with, whichever kind it becomes. */
export interface DaemonOptions {
  /** Loaded only where it runs: the primary of forked workers never needs it. */
  readonly loadDataPlane: () => Promise<OpenDataPlane>;
  /** Absent: there are no logins, and credential files are left alone. */
  readonly loadAccountParts?: () => Promise<OpenAccountParts>;
  /** `--config <file>`. */
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  readonly openLogStream?: PrimaryOptions['openLogStream'];
}
