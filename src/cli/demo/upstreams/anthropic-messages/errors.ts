import { type ErrorName, type ErrorOptions, Refusal, type WireReply } from '../vendor.js';

const REQUEST_ID = 'req_011CSimulatedRequest0000';

export function anthropicError(status: number, type: string, message: string): WireReply {
  return {
    status,
    headers: { 'request-id': REQUEST_ID },
    body: { type: 'error', error: { type, message }, request_id: REQUEST_ID },
  };
}

/** Refuses the request with 400. */
export function refuse(message: string): never {
  throw new Refusal(anthropicError(400, 'invalid_request_error', message));
}

export const extra = (path: string): never => refuse(`${path}: Extra inputs are not permitted`);
export const required = (path: string): never => refuse(`${path}: Field required`);

/** The failures of Anthropic's API. */
export function anthropicReply(name: ErrorName, options: ErrorOptions): WireReply {
  const { message, retryAfterSeconds = 60, model = 'simulated' } = options;
  switch (name) {
    case 'unauthorized':
      return anthropicError(401, 'authentication_error', message ?? 'invalid x-api-key');
    case 'forbidden':
      return anthropicError(
        403,
        'permission_error',
        message ?? 'Your API key does not have permission to use the specified resource.',
      );
    case 'billing':
      return anthropicError(
        402,
        'billing_error',
        message ?? "There is an issue with your organization's billing or payment information.",
      );
    case 'model-missing':
      return anthropicError(404, 'not_found_error', message ?? `model: ${model}`);
    case 'too-large':
      return anthropicError(413, 'request_too_large', message ?? 'Request exceeds the maximum size');
    case 'rate-limit': {
      const reply = anthropicError(
        429,
        'rate_limit_error',
        message ?? "This request would exceed your organization's rate limit of 50 requests per minute.",
      );
      return {
        ...reply,
        headers: {
          ...reply.headers,
          'retry-after': String(retryAfterSeconds),
          'anthropic-ratelimit-requests-limit': '50',
          'anthropic-ratelimit-requests-remaining': '0',
        },
      };
    }
    case 'server':
      return anthropicError(500, 'api_error', message ?? 'Internal server error');
    case 'overloaded':
      return anthropicError(529, 'overloaded_error', message ?? 'Overloaded');
    case 'context-length':
      return anthropicError(
        400,
        'invalid_request_error',
        message ?? 'prompt is too long: 210000 tokens > 200000 maximum',
      );
    case 'invalid':
      return anthropicError(400, 'invalid_request_error', message ?? 'temperature: range: 0..1');
    default: {
      const never: never = name;
      return never;
    }
  }
}
