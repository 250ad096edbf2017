export type FailureReason =
  | 'auth'
  | 'forbidden'
  | 'billing'
  | 'rate-limit'
  | 'quota'
  | 'overloaded'
  | 'server'
  | 'network'
  | 'timeout'
  | 'model-missing'
  | 'context-length'
  | 'too-large'
  | 'invalid-request'
  | 'content-policy'
  | 'unavailable'
  | 'aborted'
  | 'protocol';

/** A failure as data. `status` is the HTTP status the client will see; absent means the reason decides. */
export interface FailureFacts {
  readonly reason: FailureReason;
  readonly status?: number;
  /** The vendor's or our machine-readable code, such as `context_length_exceeded`. */
  readonly code?: string;
  readonly message: string;
  /** The JSON path of the offending request field, such as `messages[2].content`. */
  readonly param?: string;
  readonly retryAfterMs?: number;
  /** The upstream error body as it came, at most 64 KiB; never holds a credential of ours. */
  readonly body?: string;
  /** `body` goes to the client as it is, whatever its dialect. */
  readonly isVerbatim?: true;
}

const STATUS: Readonly<Record<FailureReason, number>> = {
  auth: 401,
  billing: 402,
  forbidden: 403,
  'model-missing': 404,
  'too-large': 413,
  'rate-limit': 429,
  quota: 429,
  'invalid-request': 400,
  'context-length': 400,
  'content-policy': 400,
  aborted: 499,
  server: 500,
  network: 502,
  protocol: 502,
  unavailable: 503,
  overloaded: 529,
  timeout: 504,
};

export const isFailureReason = (text: string): text is FailureReason => Object.hasOwn(STATUS, text);

/** The HTTP status of a failure for a client. A redirect of an upstream is not passed on: it would lead the client away. */
export const failureStatus = ({ status = 0, reason }: FailureFacts): number =>
  status >= 400 ? status : STATUS[reason];

/** The usual reason behind an HTTP status, where the body says nothing better. */
export function reasonOfStatus(status: number): FailureReason {
  switch (status) {
    case 401:
      return 'auth';
    case 402:
      return 'billing';
    case 403:
      return 'forbidden';
    case 404:
      return 'model-missing';
    case 408:
    case 504:
      return 'timeout';
    case 413:
      return 'too-large';
    case 429:
      return 'rate-limit';
    case 502:
      return 'network';
    case 503:
    case 529:
      return 'overloaded';
    default:
      if (status < 400) return 'protocol';
      return status >= 500 ? 'server' : 'invalid-request';
  }
}

/** Thrown by decoders and encoders when the client's request itself is at fault; answered as 400 in its dialect. */
export class RequestFault extends Error {
  override readonly name = 'RequestFault';
  /** JSON path of the offending field, such as `messages[0].content[1].file`. */
  readonly path: string | undefined;
  readonly failure: FailureFacts;

  constructor(message: string, path?: string, facts: Partial<FailureFacts> = {}) {
    super(message);
    this.path = path;
    this.failure = {
      reason: 'invalid-request',
      status: 400,
      message,
      ...(path === undefined ? {} : { param: path }),
      ...facts,
    };
  }
}
