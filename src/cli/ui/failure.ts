import { AppError } from '../../shared/errors.js';
import { EXIT } from '../../shared/exit.js';

/** A failed command, ready to be shown to a person or a program. */
export interface Failure {
  readonly message: string;
  readonly hint: string | undefined;
  readonly exitCode: number;
  /** Members of the envelope: `error`, `code`, `hint` and what the error itself carries. */
  readonly details: Readonly<Record<string, unknown>>;
}

/** Turns anything thrown into words and an exit code. */
export function toFailure(error: unknown, env: Readonly<Record<string, string | undefined>> = {}): Failure {
  if (error instanceof AppError) return failureOf(error);
  const isVerbose = (env['CLIPROXY_DEBUG'] ?? '') !== '';
  const thrown = error instanceof Error ? error : new Error(String(error));
  return failureOf(
    new AppError('unexpected', isVerbose ? (thrown.stack ?? thrown.message) : thrown.message, {
      ...(isVerbose ? {} : { hint: 'set CLIPROXY_DEBUG=1 to see where this comes from' }),
      cause: error,
    }),
  );
}

function failureOf(error: AppError): Failure {
  return {
    message: error.message,
    hint: error.hint,
    exitCode: error.exitCode,
    details: {
      error: error.message,
      code: error.code,
      ...(error.hint === undefined ? {} : { hint: error.hint }),
      ...error.details,
    },
  };
}

/** Wrong usage of a command: exit code 2. */
export const usageError = (message: string, hint?: string): AppError =>
  new AppError('usage', message, { exitCode: EXIT.usage, ...(hint === undefined ? {} : { hint }) });
