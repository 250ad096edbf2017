export type CheckState = 'ok' | 'warning' | 'problem' | 'skipped';

/** One thing a check saw. */
export interface Finding {
  /** `problem`: requests cannot be served. `warning`: they can, and something wants a person. */
  readonly state: CheckState;
  /** For `skipped`, why. */
  readonly message: string;
  readonly hint?: string | undefined;
}

export interface CheckResult extends Finding {
  /** The single findings where there are several; the result's own message sums them up. */
  readonly findings?: readonly Finding[];
  /** They are worth a line each even where all is fine. */
  readonly areFindingsShown?: boolean;
  readonly facts?: Readonly<Record<string, unknown>>;
}

/** One question `doctor` asks. Checks run at the same time, change nothing, and do not know each other. */
export interface Check<Context> {
  readonly id: string;
  readonly title: string;
  /** Default 5000. */
  readonly timeoutMs?: number;
  run(context: Context, signal: AbortSignal): Promise<CheckResult>;
}

export interface CheckReport extends CheckResult {
  readonly id: string;
  readonly title: string;
}

const SEVERITY: readonly CheckState[] = ['skipped', 'ok', 'warning', 'problem'];

/** The gravest of several states; `ok` when there is none. */
export const worst = (states: readonly CheckState[]): CheckState =>
  states.reduce<CheckState>(
    (gravest, state) => (SEVERITY.indexOf(state) > SEVERITY.indexOf(gravest) ? state : gravest),
    states.length === 0 ? 'ok' : 'skipped',
  );

/** Many findings as one result; `fine` is said when all are fine. */
export function sumUp(
  findings: readonly Finding[],
  fine: string,
  facts?: Readonly<Record<string, unknown>>,
): CheckResult {
  const state = worst(findings.map((finding) => finding.state));
  const bad = findings.filter((finding) => finding.state === 'warning' || finding.state === 'problem');
  const [first] = bad;
  const base = facts === undefined ? {} : { facts };
  if (first === undefined) return { ...base, state, message: fine, ...(findings.length > 1 ? { findings } : {}) };
  if (bad.length === 1 && findings.length === 1) return { ...base, ...first };
  return { ...base, state, message: `${bad.length} of ${findings.length} need attention`, findings };
}
