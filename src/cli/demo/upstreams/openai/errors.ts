import type { ErrorName, ErrorOptions, WireReply } from '../vendor.js';
import { Refusal } from '../vendor.js';

export interface OpenAiErrorFields {
  readonly type?: string;
  readonly param?: string | null;
  readonly code?: string | null;
}

export function openAiError(status: number, message: string, fields: OpenAiErrorFields = {}): WireReply {
  const { type = 'invalid_request_error', param = null, code = null } = fields;
  return { status, body: { error: { message, type, param, code } } };
}

/** Refuses the request with 400. */
export function refuse(message: string, param: string | null = null, code: string | null = null): never {
  throw new Refusal(openAiError(400, message, { param, code }));
}

export const missing = (param: string): never =>
  refuse(`Missing required parameter: '${param}'.`, param, 'missing_required_parameter');

export const unknownParameter = (param: string): never =>
  refuse(`Unknown parameter: '${param}'.`, param, 'unknown_parameter');

export const emptyArray = (param: string): never =>
  refuse(
    `Invalid '${param}': empty array. Expected an array with minimum length 1, but got an empty array instead.`,
    param,
    'empty_array',
  );

export function badValue(param: string, value: unknown, supported: readonly string[]): never {
  const list = supported.map((one) => `'${one}'`);
  const words = list.length > 1 ? `${list.slice(0, -1).join(', ')} and ${list.at(-1)}` : (list[0] ?? '');
  return refuse(`Invalid value: '${String(value)}'. Supported values are: ${words}.`, param, 'invalid_value');
}

export function badType(param: string, expected: string, value: unknown): never {
  const got = value === null ? 'null' : Array.isArray(value) ? 'an array' : `a ${typeof value}`;
  return refuse(`Invalid type for '${param}': expected ${expected}, but got ${got} instead.`, param, 'invalid_type');
}

/** The failures of OpenAI's API; `contextParam` is what the dialect calls its input. */
export function openAiReply(name: ErrorName, options: ErrorOptions, contextParam: 'messages' | 'input'): WireReply {
  const { message, retryAfterSeconds = 60, model = 'simulated' } = options;
  switch (name) {
    case 'unauthorized':
      return openAiError(
        401,
        message ??
          'Incorrect API key provided: sk-****. You can find your API key at https://platform.openai.com/account/api-keys.',
        { code: 'invalid_api_key' },
      );
    case 'forbidden':
      return openAiError(403, message ?? 'You are not allowed to sample from this model', {
        code: 'model_not_allowed',
      });
    case 'billing':
      return openAiError(
        429,
        message ?? 'You exceeded your current quota, please check your plan and billing details.',
        { type: 'insufficient_quota', code: 'insufficient_quota' },
      );
    case 'model-missing':
      return openAiError(404, message ?? `The model \`${model}\` does not exist or you do not have access to it.`, {
        code: 'model_not_found',
      });
    case 'too-large':
      return openAiError(413, message ?? 'Request body is too large.', { code: 'request_too_large' });
    case 'rate-limit':
      return {
        ...openAiError(
          429,
          message ??
            `Rate limit reached for ${model} on requests per min (RPM): Limit 3, Used 3, Requested 1. Please try again in ${retryAfterSeconds}s.`,
          { type: 'requests', code: 'rate_limit_exceeded' },
        ),
        headers: {
          'retry-after': String(retryAfterSeconds),
          'x-ratelimit-limit-requests': '3',
          'x-ratelimit-remaining-requests': '0',
          'x-ratelimit-reset-requests': `${retryAfterSeconds}s`,
        },
      };
    case 'server':
      return openAiError(500, message ?? 'The server had an error while processing your request. Sorry about that!', {
        type: 'server_error',
      });
    case 'overloaded':
      return openAiError(503, message ?? 'Our servers are currently overloaded. Please try again later.', {
        type: 'service_unavailable_error',
        code: 'server_is_overloaded',
      });
    case 'context-length':
      return openAiError(
        400,
        message ??
          (contextParam === 'messages'
            ? "This model's maximum context length is 128000 tokens. However, your messages resulted in 200000 tokens. Please reduce the length of the messages."
            : 'Your input exceeds the context window of this model. Please adjust your input and try again.'),
        { param: contextParam, code: 'context_length_exceeded' },
      );
    case 'invalid':
      return openAiError(400, message ?? "Invalid value for 'temperature': expected a number between 0 and 2.", {
        param: 'temperature',
        code: 'invalid_value',
      });
    default: {
      const never: never = name;
      return never;
    }
  }
}
