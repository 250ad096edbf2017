import type { WireBody } from '../dialects/dialect.js';
import { isObject, type JsonValue } from '../ir/json.js';

const IMAGE_TOOL = 'image_generation';

/** Takes the hosted image tool out of a request, and a choice of it. */
export function removeImageTool(body: WireBody): void {
  const bytes = Buffer.from(body.bytes.buffer, body.bytes.byteOffset, body.bytes.byteLength);
  if (!bytes.includes(`"${IMAGE_TOOL}"`)) return;
  const tools = withoutImageTool(body.get('tools'));
  if (tools !== body.get('tools')) body.set('tools', tools);
  const choice = body.get('tool_choice');
  if (!isObject(choice)) return;
  if (isImageTool(choice)) body.set('tool_choice', undefined);
  else if (Array.isArray(choice['tools'])) {
    const left = withoutImageTool(choice['tools']);
    if (left !== choice['tools']) body.set('tool_choice', left === undefined ? undefined : { ...choice, tools: left });
  }
}

/** The same list where it holds none; `undefined` where nothing else is left. */
function withoutImageTool(tools: JsonValue | undefined): JsonValue | undefined {
  if (!Array.isArray(tools)) return tools;
  const all: readonly JsonValue[] = tools;
  const left = all.filter((tool) => !isImageTool(tool));
  if (left.length === all.length) return tools;
  return left.length === 0 ? undefined : left;
}

const isImageTool = (tool: JsonValue): boolean => isObject(tool) && tool['type'] === IMAGE_TOOL;
