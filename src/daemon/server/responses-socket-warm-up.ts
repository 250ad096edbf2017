import type { ClientDialect } from '../dialects/dialect.js';
import { echoOf } from '../dialects/openai-responses/response-object.js';
import { encodeUsage } from '../dialects/openai-responses/usage.js';
import type { JsonObject } from '../ir/json.js';

export interface WarmUpParts {
  readonly dialect: ClientDialect;
  readonly now: () => number;
  readonly newId: (prefix: string) => string;
}

export interface WarmUp {
  readonly responseId: string;
  readonly frames: readonly JsonObject[];
}

/** What a client that wants nothing generated gets: a response without output, to continue from. */
export function answerWarmUp(body: JsonObject, model: string, { dialect, now, newId }: WarmUpParts): WarmUp {
  const request = dialect.decodeRequest({ ...body, input: body['input'] ?? [] });
  const responseId = newId('resp_');
  const at = Math.floor(now() / 1000);
  const response = { id: responseId, object: 'response', created_at: at, model, error: null, incomplete_details: null };
  const begun = { ...response, status: 'in_progress', completed_at: null, output: [], usage: null };
  const done = { ...response, status: 'completed', completed_at: at, output: [], usage: encodeUsage(undefined) };
  const echo = echoOf(request);
  return {
    responseId,
    frames: [
      { type: 'response.created', sequence_number: 0, response: { ...begun, ...echo } },
      { type: 'response.completed', sequence_number: 1, response: { ...done, ...echo } },
    ],
  };
}
