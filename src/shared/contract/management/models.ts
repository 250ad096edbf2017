import { z } from 'zod';
import { defineManagementRoute } from './route.js';

export const modelDefinitionSchema = z.object({
  id: z.string(),
  object: z.literal('model'),
  /** The channel. */
  type: z.string(),
  display_name: z.string(),
  owned_by: z.string().optional(),
  /** Tokens, as the next. */
  context_length: z.number().optional(),
  max_completion_tokens: z.number().optional(),
  thinking: z
    .object({
      min: z.number().optional(),
      max: z.number().optional(),
      zero_allowed: z.boolean(),
      dynamic_allowed: z.boolean(),
      levels: z.array(z.string()),
    })
    .optional(),
});
export type ModelDefinition = z.output<typeof modelDefinitionSchema>;

export const models = {
  getModelDefinitions: defineManagementRoute({
    method: 'get',
    path: '/model-definitions/:channel',
    access: 'key',
    does: 'the built-in model list of a channel, such as `claude` or `codex`',
    output: z.object({ channel: z.string(), models: z.array(modelDefinitionSchema) }),
  }),
} as const;
