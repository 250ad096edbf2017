import { type ErrorName, type ErrorOptions, Refusal, type WireReply } from '../vendor.js';

const STATUS: Readonly<Record<number, string>> = {
  400: 'INVALID_ARGUMENT',
  401: 'UNAUTHENTICATED',
  403: 'PERMISSION_DENIED',
  404: 'NOT_FOUND',
  413: 'INVALID_ARGUMENT',
  429: 'RESOURCE_EXHAUSTED',
  500: 'INTERNAL',
  503: 'UNAVAILABLE',
};

export function googleError(code: number, message: string, details: readonly unknown[] = []): WireReply {
  const status = STATUS[code] ?? 'UNKNOWN';
  return { status: code, body: { error: { code, message, status, ...(details.length === 0 ? {} : { details }) } } };
}

/** Refuses the request with 400. */
export function refuse(message: string): never {
  throw new Refusal(googleError(400, message));
}

/** A rule of the service, as its validation words it: `* GenerateContentRequest.contents: contents is not specified`. */
export const violate = (path: string, rule: string): never => refuse(`* GenerateContentRequest.${path}: ${rule}\n`);

/** A field that the request's message type does not have, or that has the wrong type. */
export function refusePayload(description: string, field: string): never {
  const message = `Invalid JSON payload received. ${description}`;
  throw new Refusal(
    googleError(400, message, [
      {
        '@type': 'type.googleapis.com/google.rpc.BadRequest',
        fieldViolations: [{ ...(field === '' ? {} : { field }), description: message }],
      },
    ]),
  );
}

export const unknownName = (name: string, at: string): never =>
  refusePayload(`Unknown name "${name}"${at === '' ? '' : ` at '${at}'`}: Cannot find field.`, at);

/** The failures of the Gemini API. */
export function googleReply(name: ErrorName, options: ErrorOptions): WireReply {
  const { message, retryAfterSeconds = 60, model = 'simulated' } = options;
  switch (name) {
    case 'unauthorized':
      return googleError(400, message ?? 'API key not valid. Please pass a valid API key.', [
        {
          '@type': 'type.googleapis.com/google.rpc.ErrorInfo',
          reason: 'API_KEY_INVALID',
          domain: 'googleapis.com',
          metadata: { service: 'generativelanguage.googleapis.com' },
        },
        {
          '@type': 'type.googleapis.com/google.rpc.LocalizedMessage',
          locale: 'en-US',
          message: 'API key not valid. Please pass a valid API key.',
        },
      ]);
    case 'forbidden':
      return googleError(
        403,
        message ??
          'Generative Language API has not been used in project 1 before or it is disabled. Enable it, then retry.',
        [{ '@type': 'type.googleapis.com/google.rpc.ErrorInfo', reason: 'SERVICE_DISABLED', domain: 'googleapis.com' }],
      );
    case 'billing':
      return googleError(
        429,
        message ?? 'You exceeded your current quota, please check your plan and billing details.',
      );
    case 'model-missing':
      return googleError(
        404,
        message ??
          `models/${model} is not found for API version v1beta, or is not supported for generateContent. Call ListModels to see the list of available models and their supported methods.`,
      );
    case 'too-large':
      return googleError(413, message ?? 'Request payload size exceeds the limit: 20971520 bytes.');
    case 'rate-limit':
      // No Retry-After header: this vendor says it in the details alone.
      return googleError(429, message ?? `You exceeded your current quota. Please retry in ${retryAfterSeconds}s.`, [
        {
          '@type': 'type.googleapis.com/google.rpc.QuotaFailure',
          violations: [
            {
              quotaMetric: 'generativelanguage.googleapis.com/generate_content_free_tier_requests',
              quotaId: 'GenerateRequestsPerMinutePerProjectPerModel-FreeTier',
              quotaDimensions: { location: 'global', model },
              quotaValue: '15',
            },
          ],
        },
        { '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: `${retryAfterSeconds}s` },
      ]);
    case 'server':
      return googleError(
        500,
        message ??
          'An internal error has occurred. Please retry or report in https://developers.generativeai.google/guide/troubleshooting',
      );
    case 'overloaded':
      return googleError(503, message ?? 'The model is overloaded. Please try again later.');
    case 'context-length':
      return googleError(
        400,
        message ?? 'The input token count (1048577) exceeds the maximum number of tokens allowed (1048576).',
      );
    case 'invalid':
      return googleError(
        400,
        message ?? '* GenerateContentRequest.generation_config.temperature: must be in the range [0.0, 2.0].',
      );
    default: {
      const never: never = name;
      return never;
    }
  }
}
