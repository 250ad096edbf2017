import type { JsonObject } from '../../ir/json.js';
import type { ModelInfo } from '../../ir/model.js';
import type { Carried, MediaPart, Message, ModelRequest, Part, Reasoning, Tool } from '../../ir/request.js';
import { printCitation } from './citations.js';
import { printDrawn } from './drawn-image.js';
import { printSecret } from './opaque.js';
import { readReasoningForOthers, withEffort, writeReasoning } from './reasoning.js';
import { maxTokensFor } from './sampling.js';
import { parseToolInput } from './tool-input.js';
import { asObject, cacheControl, objectsOf, omit, ownExt, withoutHints } from './wire.js';

/** Prints a request that this dialect decoded, as it was: nothing is repaired, reordered or clamped. */
export function encodeOwnRequest(request: ModelRequest, model: ModelInfo): JsonObject {
  const { maxOutputTokens, temperature, topP, topK, stop } = request.sampling;
  const isTop = (message: Message): boolean => '$system' in ownExt(message);
  const top = request.messages.find(isTop);
  const own = ownExt(request);
  const rest = { ...withoutHints(own), ...asObject(own['$settings']) };
  return withReasoning(
    {
      ...rest,
      model: request.model,
      ...(top === undefined ? {} : { system: printContent(top.content, ownExt(top)['$system'] === 'string') }),
      messages: printMessages(request.messages.filter((message) => !isTop(message))),
      ...(request.tools.length === 0 ? {} : { tools: request.tools.map(printTool) }),
      ...(maxOutputTokens === undefined ? {} : { max_tokens: maxOutputTokens }),
      ...(temperature === undefined ? {} : { temperature }),
      ...(topP === undefined ? {} : { top_p: topP }),
      ...(topK === undefined ? {} : { top_k: topK }),
      ...(stop === undefined ? {} : { stop_sequences: stop }),
      ...(request.stream ? { stream: true } : {}),
    },
    request,
    model,
  );
}

/** A thinking setting that was changed since (a suffix, a fit to the model) replaces the client's own. */
function withReasoning(body: JsonObject, { reasoning, sampling }: ModelRequest, model: ModelInfo): JsonObject {
  if (isSame(reasoning, readReasoningForOthers(body['thinking'], body['output_config']))) return body;
  const { thinking, effort } = writeReasoning(reasoning, model, maxTokensFor(sampling, model));
  const config = withEffort(asObject(body['output_config']), effort);
  return {
    ...omit(body, 'thinking', 'output_config'),
    ...(thinking === undefined ? {} : { thinking }),
    ...(config === undefined ? {} : { output_config: config }),
  };
}

const isSame = (a: Reasoning | undefined, b: Reasoning | undefined): boolean =>
  a?.mode === b?.mode && a?.effort === b?.effort && a?.budgetTokens === b?.budgetTokens && a?.summary === b?.summary;

function printMessages(messages: readonly Message[]): JsonObject[] {
  const turns: { message: Message; content: Part[] }[] = [];
  for (const message of messages) {
    const last = turns.at(-1);
    if (last !== undefined && ownExt(message)['$joined'] === true) last.content.push(...message.content);
    else turns.push({ message, content: [...message.content] });
  }
  return turns.map(({ message, content }) => ({
    ...withoutHints(ownExt(message)),
    role: message.role === 'tool' ? 'user' : message.role,
    content: printContent(content, ownExt(message)['$content'] === 'string'),
  }));
}

function printContent(parts: readonly Part[], isString: boolean): string | JsonObject[] {
  const [first] = parts;
  return isString && first?.type === 'text' ? first.text : parts.flatMap(printPart);
}

/** What every block has: the marker, and the fields that only this dialect knows. */
function common(part: Carried): JsonObject {
  const own = ownExt(part);
  const marker = asObject(own['$cache']) ?? cacheControl(part.cache);
  return { ...withoutHints(own), ...(marker === undefined ? {} : { cache_control: marker }) };
}

function printPart(part: Part): readonly JsonObject[] {
  const own = ownExt(part);
  switch (part.type) {
    case 'text': {
      const block = asObject(own['$block']);
      if (block !== undefined) return [block];
      const isInRest = 'citations' in own;
      const citations = isInRest ? undefined : part.citations?.map(printCitation);
      return [{ type: 'text', text: part.text, ...(citations === undefined ? {} : { citations }), ...common(part) }];
    }
    case 'media':
      if (own['$type'] === 'text') return [{ type: 'text', text: drawnText(part), ...common(part) }];
      return [
        {
          type: own['$type'],
          source: own['$source'],
          ...(part.filename === undefined ? {} : { title: part.filename }),
          ...common(part),
        },
      ];
    case 'reasoning':
      return [printReasoning(part)];
    case 'tool-call':
      return [
        {
          type: 'tool_use',
          id: part.id,
          name: part.name,
          ...(own['$input'] === 'none' ? {} : { input: parseToolInput(part.input) }),
          ...common(part),
        },
      ];
    case 'tool-result':
      return [
        {
          type: 'tool_result',
          tool_use_id: part.callId,
          ...(own['$content'] === 'none' ? {} : { content: printContent(part.content, own['$content'] === 'string') }),
          ...(part.isError === undefined ? {} : { is_error: part.isError }),
          ...common(part),
        },
      ];
    case 'search':
      return objectsOf(own['$blocks']);
    case 'native':
      return [part.value];
  }
}

function printReasoning(part: Extract<Part, { type: 'reasoning' }>): JsonObject {
  const secret = part.opaque === undefined ? undefined : printSecret(part.opaque, part.redacted === true);
  if (secret?.kind === 'redacted') return { type: 'redacted_thinking', data: secret.value, ...common(part) };
  return {
    type: 'thinking',
    thinking: part.text,
    ...(secret === undefined ? {} : { signature: secret.value }),
    ...common(part),
  };
}

function printTool(tool: Tool): JsonObject {
  if (tool.kind !== 'function') return withoutHints(ownExt(tool));
  const type = ownExt(tool)['$type'];
  return {
    ...(type === undefined ? {} : { type }),
    name: tool.name,
    ...(tool.description === undefined ? {} : { description: tool.description }),
    ...(tool.schema === undefined ? {} : { input_schema: tool.schema }),
    ...(tool.strict === undefined ? {} : { strict: tool.strict }),
    ...common(tool),
  };
}

const drawnText = ({ mediaType = 'image/png', source }: MediaPart): string =>
  source.kind === 'base64' ? printDrawn(mediaType, source.data) : '';
