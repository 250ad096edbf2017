/** An expected failure with words for the person who meets it. Secrets never enter any of its texts. */
export class AppError extends Error {
  override readonly name: string = 'AppError';
  /** Stable and machine-readable, such as `config_invalid`. */
  readonly code: string;
  /** What to do next, one sentence; printed under the message. */
  readonly hint: string | undefined;
  /** Exit code for the command line (`exit.ts`). */
  readonly exitCode: number;
  /** Structured facts for `--json`. */
  readonly details: Readonly<Record<string, unknown>> | undefined;

  constructor(
    code: string,
    message: string,
    options: { hint?: string; cause?: unknown; exitCode?: number; details?: Readonly<Record<string, unknown>> } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.hint = options.hint;
    this.exitCode = options.exitCode ?? 1;
    this.details = options.details;
  }
}
