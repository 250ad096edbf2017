import { isObject, type JsonObject, type JsonValue } from '../../ir/json.js';
import type { Extensions, ModelRequest } from '../../ir/request.js';
import type { Usage } from '../../ir/usage.js';

/** Reads `usage` of an answer or an event; `undefined` when there is none. */
export function decodeUsage(value: JsonValue | undefined): Usage | undefined {
  if (!isObject(value)) return undefined;
  const { input_tokens: input, output_tokens: output } = value;
  return {
    ...(typeof input === 'number' ? { inputTokens: input } : {}),
    ...(typeof output === 'number' ? { outputTokens: output } : {}),
    raw: value,
  };
}

/** What the API says of tokens; `undefined` where the vendor said nothing. */
export function encodeUsage(usage: Usage | undefined, request: ModelRequest, ext?: Extensions): JsonObject | undefined {
  // Where a chat model drew with a tool, the picture is counted apart from the talk about it (codex.md 7).
  const tool = toolUsage(ext);
  const { inputTokens, outputTokens, raw } = (tool === undefined ? usage : decodeUsage(tool)) ?? {};
  if (inputTokens === undefined && outputTokens === undefined) return undefined;
  const input = inputTokens ?? 0;
  const output = outputTokens ?? 0;
  const image = imageTokensOf(raw, input, request);
  return {
    input_tokens: input,
    input_tokens_details: { text_tokens: Math.max(0, input - image), image_tokens: image },
    output_tokens: output,
    total_tokens: input + output,
  };
}

function toolUsage(ext: Extensions | undefined): JsonObject | undefined {
  const usage = ext?.['openai-responses']?.['tool_usage'];
  const image = isObject(usage) ? usage['image_gen'] : undefined;
  return isObject(image) ? image : undefined;
}

/** OpenAI counts them in `input_tokens_details`, Google by modality; who says nothing was given none but in an edit. */
function imageTokensOf(raw: JsonObject | undefined, input: number, { image }: ModelRequest): number {
  const details = raw?.['input_tokens_details'];
  if (isObject(details) && typeof details['image_tokens'] === 'number') return Math.min(input, details['image_tokens']);
  const modalities: JsonValue | undefined = raw?.['promptTokensDetails'];
  if (!Array.isArray(modalities)) return 0;
  const found = (modalities as readonly JsonValue[]).find((each) => isObject(each) && each['modality'] === 'IMAGE');
  const count = isObject(found) ? found['tokenCount'] : undefined;
  return image?.action === 'edit' && typeof count === 'number' ? Math.min(input, count) : 0;
}
