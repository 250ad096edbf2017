import { asList, asRecord, asText } from '../json.js';
import { violate } from './errors.js';
import { readList, readMessage, refuseType } from './message.js';

/** The service's own schema type: a part of OpenAPI 3. */
const FIELDS = [
  'type',
  'format',
  'title',
  'description',
  'nullable',
  'enum',
  'maxItems',
  'minItems',
  'properties',
  'required',
  'minProperties',
  'maxProperties',
  'minLength',
  'maxLength',
  'pattern',
  'example',
  'anyOf',
  'propertyOrdering',
  'default',
  'items',
  'minimum',
  'maximum',
];
const TYPES = ['STRING', 'NUMBER', 'INTEGER', 'BOOLEAN', 'ARRAY', 'OBJECT', 'NULL', 'TYPE_UNSPECIFIED'];
const STRING_FORMATS = ['enum', 'date-time'];

/** Checks `parameters` and `responseSchema`; their JSON Schema twins are not looked into. */
export function checkSchema(value: unknown, path: string): void {
  const schema = readMessage(value, FIELDS, path);
  const type = schema['type'];
  if (type !== undefined && (typeof type !== 'string' || !TYPES.includes(type.toUpperCase()))) {
    refuseType(type, `${path}.type`, 'google.ai.generativelanguage.v1beta.Type');
  }
  const kind = asText(type)?.toUpperCase();
  const options = readList(schema['enum'], `${path}.enum`);
  if (options.some((option) => typeof option !== 'string')) {
    refuseType(
      options.find((option) => typeof option !== 'string'),
      `${path}.enum[0]`,
      'TYPE_STRING',
    );
  }
  if (options.length > 0 && kind !== 'STRING') violate(`${path}.enum`, 'only allowed for STRING type');
  if (options.includes('')) violate(`${path}.enum[${options.indexOf('')}]`, 'cannot be empty');
  if (kind === 'ARRAY' && schema['items'] === undefined) violate(`${path}.items`, 'missing field.');
  const format = asText(schema['format']);
  if (kind === 'STRING' && format !== undefined && !STRING_FORMATS.includes(format)) {
    violate(`${path}.format`, "only 'enum' and 'date-time' are supported for STRING type");
  }
  const properties = asRecord(schema['properties']) ?? {};
  readList(schema['required'], `${path}.required`).forEach((name, index) => {
    if (typeof name === 'string' && !(name in properties))
      violate(`${path}.required[${index}]`, 'property is not defined');
  });
  for (const [index, child] of Object.values(properties).entries()) {
    checkSchema(child, `${path}.properties[${index}].value`);
  }
  if (schema['items'] !== undefined) checkSchema(schema['items'], `${path}.items`);
  for (const [index, child] of asList(schema['anyOf']).entries()) checkSchema(child, `${path}.any_of[${index}]`);
}
