import type { JsonObject } from '../../ir/json.js';
import type { ModelRequest } from '../../ir/request.js';
import { decodeRequest } from './decode-request.js';

/**
 * Reads a `count_tokens` request: a Messages request without `max_tokens`.
 * @throws RequestFault naming the path of what is malformed.
 */
export const decodeCountRequest = (body: JsonObject): ModelRequest => decodeRequest(body);

export const encodeCountResponse = (tokens: number): JsonObject => ({ input_tokens: tokens });
