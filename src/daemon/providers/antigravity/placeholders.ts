import { isObject, type JsonObject, type JsonValue } from '../../ir/json.js';

/** Where placeholders stand in the arguments of a function: what to take out of them again. */
export interface Placeholders {
  /** The property that was made up here. */
  readonly name?: string;
  readonly properties: ReadonlyMap<string, Placeholders>;
  readonly items?: Placeholders;
  readonly others?: Placeholders;
}

export interface Filled {
  readonly schema: JsonObject;
  /** Absent: nothing was made up. */
  readonly placeholders?: Placeholders;
}

const REASON = { type: 'string', description: 'Why this tool is called, in a few words' };

/** In `VALIDATED` mode every object must have a property that is required (antigravity.md 5.2): gives it to those without. */
export function fillObjects(schema: JsonObject): Filled {
  const { properties, items, additionalProperties } = schema;
  const inner = new Map<string, Placeholders>();
  const filledProperties = isObject(properties)
    ? Object.fromEntries(
        Object.entries(properties).map(([name, value]) => {
          if (!isObject(value)) return [name, value];
          const filled = fillObjects(value);
          if (filled.placeholders !== undefined) inner.set(name, filled.placeholders);
          return [name, filled.schema];
        }),
      )
    : undefined;
  const filledItems = isObject(items) ? fillObjects(items) : undefined;
  const filledOthers = isObject(additionalProperties) ? fillObjects(additionalProperties) : undefined;
  const deep: JsonObject = {
    ...schema,
    ...(filledProperties === undefined ? {} : { properties: filledProperties }),
    ...(filledItems === undefined ? {} : { items: filledItems.schema }),
    ...(filledOthers === undefined ? {} : { additionalProperties: filledOthers.schema }),
  };
  const name = missingIn(deep);
  const placeholders: Placeholders = {
    ...(name === undefined || isDeclared(deep, name) ? {} : { name }),
    properties: inner,
    ...(filledItems?.placeholders === undefined ? {} : { items: filledItems.placeholders }),
    ...(filledOthers?.placeholders === undefined ? {} : { others: filledOthers.placeholders }),
  };
  const isEmpty = Object.keys(placeholders).length === 1 && inner.size === 0;
  return { schema: name === undefined ? deep : withProperty(deep, name), ...(isEmpty ? {} : { placeholders }) };
}

function missingIn({ type, properties, required }: JsonObject): 'reason' | '_' | undefined {
  if (type !== 'object' && !isObject(properties)) return undefined;
  if (!isObject(properties) || Object.keys(properties).length === 0) return 'reason';
  return Array.isArray(required) && required.length > 0 ? undefined : '_';
}

const isDeclared = ({ properties }: JsonObject, name: string): boolean =>
  isObject(properties) && Object.hasOwn(properties, name);

function withProperty(schema: JsonObject, name: 'reason' | '_'): JsonObject {
  const properties = isObject(schema['properties']) ? schema['properties'] : {};
  const added = name === 'reason' ? REASON : { type: 'boolean' };
  return { ...schema, properties: { [name]: added, ...properties }, required: [name] };
}

/** The arguments as the client's own schema has them. */
export function withoutPlaceholders(value: JsonValue | undefined, places: Placeholders): JsonValue | undefined {
  if (Array.isArray(value)) {
    const { items } = places;
    return items === undefined ? value : value.map((item: JsonValue) => withoutPlaceholders(item, items) ?? null);
  }
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([name]) => name !== places.name)
      .map(([name, member]) => {
        const inner = places.properties.get(name) ?? places.others;
        return [name, inner === undefined ? member : withoutPlaceholders(member, inner)];
      }),
  );
}
