import { z } from 'zod';
import { AppError } from '../errors.js';

/** How a failure travels between our own processes: over the control socket, the worker link and the start handshake. */
export const errorReplySchema = z.object({
  error: z.object({
    code: z.string(),
    message: z.string(),
    hint: z.string().optional(),
    exitCode: z.number().int().optional(),
    details: z.record(z.string(), z.unknown()).optional(),
  }),
});
export type ErrorReply = z.output<typeof errorReplySchema>;

/** What a thrown value tells the other side; only an `AppError` chose its words for people. */
export function toErrorReply(thrown: unknown): ErrorReply {
  if (!(thrown instanceof AppError)) {
    const message = thrown instanceof Error ? thrown.message : String(thrown);
    return {
      error: { code: 'internal_error', message: `internal error: ${message}`, hint: 'the log has the details' },
    };
  }
  const { code, message, hint, exitCode, details } = thrown;
  return {
    error: {
      code,
      message,
      exitCode,
      ...(hint === undefined ? {} : { hint }),
      ...(details === undefined ? {} : { details: { ...details } }),
    },
  };
}

/** The other side's failure, as if thrown here. */
export function fromErrorReply({ error }: ErrorReply): AppError {
  return new AppError(error.code, error.message, {
    ...(error.hint === undefined ? {} : { hint: error.hint }),
    ...(error.exitCode === undefined ? {} : { exitCode: error.exitCode }),
    ...(error.details === undefined ? {} : { details: error.details }),
  });
}
