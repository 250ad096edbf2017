const SCHEMA_VERSION = 'cliproxyctl.response.v1';

export interface EnvelopeInput {
  readonly command: string;
  readonly ok: boolean;
  readonly details: object;
  /** Epoch milliseconds. */
  readonly at: number;
}

/** The one line that `--json` prints. The timestamp has fractional seconds only where they are not zero. */
export function envelope({ command, ok, details, at }: EnvelopeInput): string {
  const timestamp = new Date(at).toISOString().replace(/\.?0+Z$/, 'Z');
  return JSON.stringify({ schema_version: SCHEMA_VERSION, command, ok, timestamp, details });
}
