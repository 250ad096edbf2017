import { asRecord, asText, type JsonRecord, recordsIn } from '../json.js';
import { badType, badValue, missing, refuse, unknownParameter } from '../openai/errors.js';
import { checkName, checkSchema } from '../openai/schema.js';

const TYPES = [
  'function',
  'custom',
  'namespace',
  'web_search',
  'web_search_2025_08_26',
  'web_search_preview',
  'file_search',
  'computer_use_preview',
  'code_interpreter',
  'image_generation',
  'mcp',
  'local_shell',
  'shell',
  'apply_patch',
  'tool_search',
] as const;
const FUNCTION_FIELDS: ReadonlySet<string> = new Set([
  'type',
  'name',
  'description',
  'parameters',
  'strict',
  'defer_loading',
  'output_schema',
  'allowed_callers',
]);
const CHOICES = ['none', 'auto', 'required'] as const;

export function checkTools(body: JsonRecord): void {
  const { tools, tool_choice: choice } = body;
  if (tools === undefined || tools === null) return checkChoice(choice, []);
  if (!Array.isArray(tools)) return badType('tools', 'an array of objects', tools);
  for (const [index, tool] of tools.entries()) checkTool(tool, `tools[${index}]`);
  checkChoice(choice, recordsIn(tools));
}

function checkTool(given: unknown, param: string): void {
  const tool = asRecord(given);
  if (tool === undefined) return badType(param, 'an object', given);
  const { type } = tool;
  if (type === undefined) return missing(`${param}.type`);
  if (!TYPES.some((one) => one === type)) return badValue(`${param}.type`, type, TYPES);
  if (type === 'namespace') {
    checkName(tool['name'], `${param}.name`);
    for (const [index, child] of recordsIn(tool['tools']).entries()) checkTool(child, `${param}.tools[${index}]`);
    return;
  }
  if (type !== 'function' && type !== 'custom') return;
  // Nested under `function`, as Chat Completions has it, the name is missing here.
  const name = checkName(tool['name'], `${param}.name`);
  if (type === 'custom') return;
  const unknown = Object.keys(tool).find((field) => !FUNCTION_FIELDS.has(field));
  if (unknown !== undefined) return unknownParameter(`${param}.${unknown}`);
  if (tool['parameters'] === undefined || tool['parameters'] === null) return;
  checkSchema(tool['parameters'], {
    what: `function '${name}'`,
    param: `${param}.parameters`,
    code: 'invalid_function_parameters',
    isStrict: tool['strict'] === true,
  });
}

function checkChoice(choice: unknown, tools: readonly JsonRecord[]): void {
  if (choice === undefined || choice === null) return;
  if (typeof choice === 'string') {
    if (!CHOICES.some((one) => one === choice)) badValue('tool_choice', choice, CHOICES);
    if (choice === 'required' && tools.length === 0) {
      refuse("Tool choice 'required' must be specified with 'tools' parameter.", 'tool_choice');
    }
    return;
  }
  const wanted = asRecord(choice);
  if (wanted?.['type'] !== 'function' && wanted?.['type'] !== 'custom') return;
  const name = asText(wanted['name']);
  if (name === undefined) return missing('tool_choice.name');
  const names = tools.flatMap((tool) => [tool, ...recordsIn(tool['tools'])]).map((tool) => tool['name']);
  if (!names.includes(name)) refuse(`Tool choice '${name}' not found in 'tools' parameter.`, 'tool_choice');
}
