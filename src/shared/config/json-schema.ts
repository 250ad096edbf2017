import { z } from 'zod';
import { configSchema } from './schema.js';

/** JSON Schema (draft 7, which editors know best) of `config.yaml`: every key with description and default. */
export function configJsonSchema(): Record<string, unknown> {
  const schema = z.toJSONSchema(configSchema, {
    io: 'input',
    target: 'draft-7',
    override: ({ jsonSchema }) => {
      // The library drops the default of whatever is read leniently; `schema/fields.ts` keeps it as `fallback`.
      const { fallback } = jsonSchema;
      if (fallback !== undefined) {
        delete jsonSchema['fallback'];
        Object.assign(jsonSchema, { default: fallback });
      }
      if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum;
      if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
      delete jsonSchema.propertyNames;
      if (jsonSchema.description?.startsWith('no effect:')) Object.assign(jsonSchema, { deprecated: true });
    },
  });
  return { ...schema, title: 'cliproxyctl config.yaml' };
}

/** The text of `config.schema.json` as it is committed. */
export const configJsonSchemaText = (): string => `${JSON.stringify(configJsonSchema(), undefined, 2)}\n`;
