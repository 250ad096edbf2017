import { z } from 'zod';
import { defineManagementRoute } from './route.js';

const modelSchema = z.object({
  /** The id that the service has. */
  name: z.string(),
  display_name: z.string(),
  /** 0 to 1. */
  remaining_fraction: z.number(),
  remaining_percent: z.number(),
  /** RFC 3339. */
  reset_time: z.string().optional(),
});

export const antigravityQuotaSchema = z.object({
  /** The credential file's name. */
  account_id: z.string(),
  email: z.string(),
  /** Google refuses the account as a whole. */
  is_forbidden: z.boolean(),
  /** RFC 3339; `null`: nothing has been told yet. */
  last_updated: z.string().nullable(),
  models: z.array(modelSchema),
  /** Why there is nothing, or nothing newer. */
  error: z.string().optional(),
});
export type AntigravityQuota = z.output<typeof antigravityQuotaSchema>;

export const antigravity = {
  getAntigravityQuota: defineManagementRoute({
    method: 'get',
    path: '/antigravity-quota',
    access: 'key',
    does: 'what is left of each model, for all Antigravity logins; asked at most every five minutes',
    output: z.array(antigravityQuotaSchema),
  }),
} as const;
