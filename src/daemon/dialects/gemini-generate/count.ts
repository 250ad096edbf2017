import { RequestFault } from '../../ir/error.js';
import { isObject, type JsonObject } from '../../ir/json.js';
import type { ModelRequest } from '../../ir/request.js';
import type { EncodeRequestContext } from '../dialect.js';
import { decodeRequest } from './decode-request.js';
import { encodeRequest } from './encode-request.js';

/** Reads a `countTokens` body: `{contents}`, or a whole request as `{generateContentRequest}`. */
export function decodeCountRequest(body: JsonObject): ModelRequest {
  const { generateContentRequest, generate_content_request, ...direct } = body;
  const whole = generateContentRequest ?? generate_content_request;
  if (whole !== undefined && whole !== null && !isObject(whole)) {
    throw new RequestFault('"generateContentRequest" must be an object', 'generateContentRequest');
  }
  const request = isObject(whole) ? whole : direct;
  const model = body['model'] ?? request['model'] ?? 'unknown';
  return decodeRequest({ ...request, model, stream: false });
}

export const encodeCountResponse = (tokens: number): JsonObject => ({ totalTokens: tokens });

/** A `countTokens` body; the endpoint refuses tools and settings beside the contents. */
export function encodeCountRequest(request: ModelRequest, context: EncodeRequestContext): JsonObject {
  const { contents } = encodeRequest(request, context).body;
  return { contents };
}
