import { asList, asRecord, asText, isRecord, type JsonRecord, recordsIn } from '../json.js';
import { extra, refuse, required } from './errors.js';

const NAME = /^[a-zA-Z0-9_-]{1,128}$/;
const FIELDS: ReadonlySet<string> = new Set([
  'name',
  'description',
  'input_schema',
  'type',
  'cache_control',
  'strict',
  'defer_loading',
  'eager_input_streaming',
  'input_examples',
  'allowed_callers',
]);
const CHOICE_FIELDS: Readonly<Record<string, readonly string[]>> = {
  auto: ['type', 'disable_parallel_tool_use'],
  any: ['type', 'disable_parallel_tool_use'],
  tool: ['type', 'name', 'disable_parallel_tool_use'],
  none: ['type'],
};

export function checkTools(body: JsonRecord): void {
  const { tools, tool_choice: choice } = body;
  if (tools !== undefined && !Array.isArray(tools)) return refuse('tools: Input should be a valid list');
  for (const [index, tool] of asList(tools).entries()) checkTool(tool, `tools.${index}`);
  const names = recordsIn(tools).map((tool) => tool['name']);
  if (new Set(names).size < names.length) refuse('tools: Tool names must be unique.');
  if (choice === undefined || choice === null) return;
  if (names.length === 0) refuse('tool_choice may only be specified while providing tools.');
  checkChoice(asRecord(choice), names);
}

function checkTool(given: unknown, path: string): void {
  const tool = asRecord(given);
  if (tool === undefined) return refuse(`${path}: Input should be a valid dictionary or object to extract fields from`);
  const type = tool['type'] ?? 'custom';
  if (typeof type !== 'string') return refuse(`${path}.type: Input should be a valid string`);
  if (type !== 'custom') {
    if (!/_\d{8}$/.test(type)) {
      refuse(
        `${path}: Input tag '${type}' found using 'type' does not match any of the expected tags: 'custom', 'bash_20250124', 'web_search_20250305'`,
      );
    }
    return;
  }
  const at = `${path}.custom`;
  const name = asText(tool['name']);
  if (name === undefined) return required(`${at}.name`);
  if (!NAME.test(name)) refuse(`${at}.name: String should match pattern '^[a-zA-Z0-9_-]{1,128}$'`);
  for (const field of Object.keys(tool)) if (!FIELDS.has(field)) extra(`${at}.${field}`);
  const schema = tool['input_schema'];
  if (schema === undefined) return required(`${at}.input_schema`);
  if (!isRecord(schema)) return refuse(`${at}.input_schema: Input should be a valid dictionary`);
  if (schema['type'] === undefined) return required(`${at}.input_schema.type`);
  if (schema['type'] !== 'object') return refuse(`${at}.input_schema.type: Input should be 'object'`);
  if (['oneOf', 'allOf', 'anyOf'].some((keyword) => schema[keyword] !== undefined)) {
    refuse(`${at}.input_schema: input_schema does not support oneOf, allOf, or anyOf at the top level`);
  }
}

function checkChoice(choice: JsonRecord | undefined, names: readonly unknown[]): void {
  const type = String(choice?.['type']);
  const fields = CHOICE_FIELDS[type];
  if (choice === undefined || fields === undefined) {
    return refuse(
      `tool_choice: Input tag '${type}' found using 'type' does not match any of the expected tags: 'auto', 'any', 'tool', 'none'`,
    );
  }
  for (const field of Object.keys(choice)) if (!fields.includes(field)) extra(`tool_choice.${type}.${field}`);
  if (type !== 'tool') return;
  if (choice['name'] === undefined) return required('tool_choice.tool.name');
  if (!names.includes(choice['name'])) refuse(`Tool '${String(choice['name'])}' not found in provided tools`);
}
