import { asRecord, asText, type JsonRecord, recordsIn } from '../json.js';
import { badType, badValue, emptyArray, missing, refuse, unknownParameter } from '../openai/errors.js';
import { checkName, checkSchema } from '../openai/schema.js';

const FUNCTION_FIELDS: ReadonlySet<string> = new Set(['name', 'description', 'parameters', 'strict']);
const CHOICES = ['none', 'auto', 'required'] as const;

export function checkTools(body: JsonRecord): void {
  const { tools } = body;
  if (tools === undefined || tools === null) return checkWithout(body);
  if (!Array.isArray(tools)) return badType('tools', 'an array of objects', tools);
  if (tools.length === 0) return emptyArray('tools');
  for (const [index, tool] of tools.entries()) checkTool(tool, `tools[${index}]`);
  checkChoice(body['tool_choice'], recordsIn(tools).flatMap(nameOf));
}

function checkWithout(body: JsonRecord): void {
  for (const name of ['tool_choice', 'parallel_tool_calls']) {
    if (body[name] !== undefined && body[name] !== null) {
      refuse(`Invalid value for '${name}': '${name}' is only allowed when 'tools' are specified.`, name);
    }
  }
}

function checkTool(given: unknown, param: string): void {
  const tool = asRecord(given);
  if (tool === undefined) return badType(param, 'an object', given);
  const { type } = tool;
  if (type === undefined) return missing(`${param}.type`);
  if (type === 'custom') {
    checkName(asRecord(tool['custom'])?.['name'], `${param}.custom.name`);
    return;
  }
  if (type !== 'function') return badValue(`${param}.type`, type, ['function', 'custom']);
  const own = asRecord(tool['function']);
  if (own === undefined) return missing(`${param}.function`);
  const name = checkName(own['name'], `${param}.function.name`);
  const unknown = Object.keys(own).find((field) => !FUNCTION_FIELDS.has(field));
  if (unknown !== undefined) return unknownParameter(`${param}.function.${unknown}`);
  if (own['parameters'] === undefined || own['parameters'] === null) return;
  checkSchema(own['parameters'], {
    what: `function '${name}'`,
    param: `${param}.function.parameters`,
    code: 'invalid_function_parameters',
    isStrict: own['strict'] === true,
  });
}

function checkChoice(choice: unknown, names: readonly string[]): void {
  if (choice === undefined || choice === null) return;
  if (typeof choice === 'string') {
    if (!CHOICES.some((one) => one === choice)) badValue('tool_choice', choice, CHOICES);
    return;
  }
  const wanted = asRecord(choice);
  if (wanted?.['type'] === 'allowed_tools') return;
  const [name] = wanted === undefined ? [] : nameOf(wanted);
  if (name === undefined) return missing('tool_choice.function');
  if (!names.includes(name)) {
    refuse(`Invalid value for 'tool_choice': Tool choice '${name}' not found in 'tools' parameter.`, 'tool_choice');
  }
}

/** The name of a declaration, a call or a choice: all three hold it in the same place. */
export function nameOf(tool: JsonRecord): readonly string[] {
  const name = asText(asRecord(tool['function'] ?? tool['custom'])?.['name']);
  return name === undefined ? [] : [name];
}
