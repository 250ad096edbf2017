export type Stage = 'dns' | 'connect' | 'proxy' | 'tls' | 'http';

/** Where the way to a host ends. The message names the host or the proxy, never a secret. */
export class ProbeError extends Error {
  override readonly name = 'ProbeError';
  readonly stage: Stage;
  readonly code: string | undefined;

  constructor(stage: Stage, message: string, cause?: unknown) {
    super(message, { cause });
    this.stage = stage;
    this.code = errorCode(cause);
  }
}

/** The end of a way: a host, and whether TLS is spoken to it. */
export interface Target {
  readonly host: string;
  readonly port: number;
  readonly isTls: boolean;
}

/** The `code` of a system or TLS error. */
export const errorCode = (error: unknown): string | undefined =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
