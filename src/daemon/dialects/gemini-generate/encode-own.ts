import { isObject, type JsonObject, type JsonValue } from '../../ir/json.js';
import type { FunctionTool, Message, ModelRequest, Sampling, ToolChoice } from '../../ir/request.js';
import { withoutAbsent } from './decode-config.js';
import { wireRoleOf } from './decode-contents.js';
import { encodeOwnParts } from './encode-own-part.js';
import { mergeRest } from './fields.js';
import { printOwnThinking } from './reasoning.js';
import { ownExtension } from './wire.js';

/** Prints a request that this dialect decoded as it was: nothing is repaired, reordered or left out. */
export function encodeOwnRequest(request: ModelRequest): JsonObject {
  const hints = ownExtension(request);
  const contents = encodeContents(request.messages.filter(({ role }) => role !== 'system'));
  const system = request.messages.find(({ role }) => role === 'system');
  const tools = encodeTools(request);
  return mergeRest(
    {
      contents: hints['$contents'] === 'single' ? contents[0] : contents,
      systemInstruction:
        system === undefined
          ? undefined
          : printContent(system.content.flatMap(encodeOwnParts), ownExtension(system), undefined),
      tools: hints['$toolsShape'] === 'single' ? tools?.[0] : tools,
      toolConfig: encodeToolConfig(request.toolChoice, hints['$toolConfig']),
      generationConfig: encodeConfig(request, hints['$generationConfig']),
      serviceTier: hints['$serviceTier'],
    },
    hints,
  );
}

function encodeContents(messages: readonly Message[]): readonly JsonObject[] {
  const turns: Message[][] = [];
  for (const message of messages) {
    const last = turns.at(-1);
    if (ownExtension(message)['$join'] === true && last !== undefined) last.push(message);
    else turns.push([message]);
  }
  return turns.flatMap(([first, ...others]) => {
    if (first === undefined) return [];
    const parts = [first, ...others].flatMap(({ content }) => content.flatMap(encodeOwnParts));
    const hints = ownExtension(first);
    const joined = hints['$contents'];
    const usualRole = wireRoleOf(first.role);
    if (!Array.isArray(joined)) return [printContent(parts, hints, usualRole)];
    let at = 0;
    return joined.filter(isObject).map((each) => {
      const from = at;
      at += typeof each['$count'] === 'number' ? each['$count'] : 0;
      return printContent(parts.slice(from, at), each, usualRole);
    });
  });
}

function printContent(parts: readonly JsonObject[], hints: JsonObject, usualRole: string | undefined): JsonObject {
  const shape = hints['$parts'];
  return mergeRest(
    {
      role: Object.hasOwn(hints, '$role') ? (hints['$role'] ?? undefined) : usualRole,
      parts: shape === 'none' ? undefined : shape === 'single' ? parts[0] : parts,
    },
    hints,
  );
}

function encodeTools(request: ModelRequest): readonly JsonObject[] | undefined {
  const groups = ownExtension(request)['$tools'];
  if (!Array.isArray(groups)) return undefined;
  return groups.map((group: JsonValue, index) => {
    const members = request.tools.filter((tool) => ownExtension(tool)['$group'] === index);
    const functions = members.flatMap((tool) => (tool.kind === 'function' ? [encodeFunction(tool)] : []));
    const hosted = members.flatMap((tool) => {
      if (tool.kind !== 'hosted') return [];
      return Object.entries(ownExtension(tool)).filter(([key]) => key !== '$group');
    });
    const shape = isObject(group) ? group['$functions'] : undefined;
    const declarations = shape === 'list' ? functions : shape === 'single' ? functions[0] : undefined;
    return { ...Object.fromEntries(hosted), ...mergeRest({ functionDeclarations: declarations }, group) };
  });
}

function encodeFunction(tool: FunctionTool): JsonObject {
  const hints = ownExtension(tool);
  const parameters = hints['$parameters'];
  return mergeRest(
    {
      name: tool.name,
      description: tool.description,
      parameters,
      parametersJsonSchema: parameters === undefined ? tool.schema : undefined,
    },
    hints,
  );
}

const MODES = { auto: 'AUTO', none: 'NONE', required: 'ANY', named: 'ANY' } as const satisfies Record<
  ToolChoice['mode'],
  string
>;

function encodeToolConfig(choice: ToolChoice | undefined, rest: JsonValue | undefined): JsonObject | undefined {
  if (!isObject(rest)) return undefined;
  const calling = rest['$calling'];
  if (!isObject(calling)) return mergeRest({}, rest);
  const allowed = choice?.mode === 'named' ? [choice.name] : choice?.allowed;
  const written =
    choice === undefined ? {} : { mode: calling['$mode'] ?? MODES[choice.mode], allowedFunctionNames: allowed };
  return mergeRest({ functionCallingConfig: mergeRest(written, calling) }, rest);
}

function encodeConfig(request: ModelRequest, rest: JsonValue | undefined): JsonObject | undefined {
  if (!isObject(rest)) return undefined;
  const thinking = rest['$thinkingConfig'];
  return mergeRest(
    {
      ...printSampling(request.sampling),
      ...encodeOutput(request, rest),
      thinkingConfig: isObject(thinking) ? printOwnThinking(request.reasoning, thinking) : undefined,
    },
    rest,
  );
}

/** The sampling members of `generationConfig`. */
export function printSampling(sampling: Sampling): JsonObject {
  const { candidates, stop, logprobs, topLogprobs, ...same } = sampling;
  return withoutAbsent({
    ...same,
    candidateCount: candidates,
    stopSequences: stop,
    responseLogprobs: logprobs,
    logprobs: topLogprobs,
  });
}

function encodeOutput({ output }: ModelRequest, hints: JsonObject): JsonObject {
  if (output === undefined) return {};
  const usual = output.type === 'text' ? 'text/plain' : 'application/json';
  const responseMimeType = Object.hasOwn(hints, '$mimeType') ? (hints['$mimeType'] ?? undefined) : usual;
  const schema = output.type === 'json-schema' ? output.schema : undefined;
  const written = hints['$schema'];
  return {
    responseMimeType,
    responseSchema: written,
    responseJsonSchema: written === undefined ? (hints['$jsonSchema'] ?? schema) : undefined,
  };
}
