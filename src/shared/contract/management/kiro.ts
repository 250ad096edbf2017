import { z } from 'zod';
import { defineManagementRoute } from './route.js';

const windowSchema = z.object({
  type: z.string(),
  title: z.string(),
  used: z.number(),
  limit: z.number(),
  unit: z.string(),
  usage_percentage: z.number(),
  exhausted: z.boolean(),
  /** RFC 3339. */
  resets_at: z.string().optional(),
});

const kiroQuotaSchema = z.object({
  auth_index: z.string(),
  /** Empty for a Builder ID, which has none. */
  profile_arn: z.string(),
  /** In the unit of the plan, usually credits. */
  remaining_quota: z.number(),
  /** 0 to 100, and beyond where overage is counted. */
  usage_percentage: z.number(),
  quota_exhausted: z.boolean(),
  usage: z.object({ plan: z.string().optional(), windows: z.array(windowSchema) }),
});
export type KiroQuota = z.output<typeof kiroQuotaSchema>;

export const kiro = {
  getKiroQuota: defineManagementRoute({
    method: 'get',
    path: '/kiro-quota',
    access: 'key',
    does: 'what is left of the plan of the Kiro login `?auth_index=`; without it, of the only one',
    output: kiroQuotaSchema,
  }),
} as const;
