import { z } from 'zod';
import { defineRoute } from './route.js';

/** How the token of a login is kept fresh. */
const refreshSchema = z.object({
  /** `login-needed`: the vendor refused for good, and only a person can mend it. */
  state: z.enum(['ok', 'due', 'refreshing', 'failed', 'login-needed']),
  /** Epoch milliseconds of what `state` tells. */
  at: z.number().optional(),
  reason: z.string().optional(),
  /** Epoch milliseconds; when it is tried next. */
  nextAt: z.number().optional(),
});
export type RefreshView = z.output<typeof refreshSchema>;

const requestCountsSchema = z.object({
  success: z.number(),
  failed: z.number(),
  /** By ten minutes, those of the last hours; `at` is the beginning in epoch milliseconds. */
  recent: z.array(z.object({ at: z.number(), success: z.number(), failed: z.number() })),
});

export const credentialSummarySchema = z.object({
  id: z.string(),
  provider: z.string(),
  label: z.string(),
  /** Where it stands: in the config file, or in a file of `auth-dir`. */
  source: z.enum(['config', 'file']).default('config'),
  /** The file's name. */
  name: z.string().optional(),
  email: z.string().optional(),
  plan: z.string().optional(),
  /** Epoch milliseconds; the end of the access token. */
  expiresAt: z.number().optional(),
  /** `false`: there is nothing to renew that token with, and its end asks for a new login. */
  isRenewable: z.literal(false).optional(),
  refresh: refreshSchema.optional(),
  note: z.string().optional(),
  disabled: z.boolean().default(false),
  baseUrl: z.string().optional(),
  proxy: z.string().optional(),
  priority: z.number(),
  weight: z.number(),
  prefix: z.string().optional(),
  models: z.number(),
  /** `unusable`: kept and left alone, `reason` says why: of another program, or unreadable. */
  state: z.enum(['ready', 'cooling', 'disabled', 'unusable']),
  /** Epoch milliseconds; the end of the longest running cooldown. */
  coolingUntil: z.number().optional(),
  reason: z.string().optional(),
  /** What became of requests that it was used for, since the daemon started. */
  requests: requestCountsSchema.optional(),
});
export type CredentialSummary = z.output<typeof credentialSummarySchema>;

/** What keeps, or soon no longer keeps, a credential from a model. */
export const ailmentSchema = z.object({
  /** `half-open`: the next request finds out; `probing`: one is just doing so. */
  state: z.enum(['cooling', 'half-open', 'probing']),
  reason: z.string(),
  /** The upstream's HTTP status. */
  status: z.number().optional(),
  /** Epoch milliseconds. */
  until: z.number(),
  /** From then on one request at a time may find out. */
  probeAt: z.number().optional(),
});
export type AilmentView = z.output<typeof ailmentSchema>;

/** What prompt caches saved with one model since the daemon started, where the upstream told. */
const cacheShareSchema = z.object({
  /** The upstream's name of it. */
  model: z.string(),
  requests: z.number(),
  /** All input, cached or not. */
  inputTokens: z.number(),
  cacheReadTokens: z.number(),
  cacheWriteTokens: z.number(),
});
export type CacheShare = z.output<typeof cacheShareSchema>;

export const credentialDetailSchema = credentialSummarySchema.extend({
  cache: z.array(cacheShareSchema).optional(),
  offers: z.array(
    z.object({
      /** What clients ask for, without the credential's prefix. */
      name: z.string(),
      /** What the upstream is asked for. */
      model: z.string(),
      ailment: ailmentSchema.optional(),
    }),
  ),
});
export type CredentialDetail = z.output<typeof credentialDetailSchema>;

export const credentialTestSchema = z.object({
  id: z.string(),
  label: z.string(),
  /** What the upstream was asked for. */
  model: z.string(),
  works: z.boolean(),
  /** As a client would have seen it. */
  status: z.number(),
  latencyMs: z.number(),
  /** Absent when it works. */
  error: z.object({ reason: z.string(), code: z.string().optional(), message: z.string() }).optional(),
});
export type CredentialTest = z.output<typeof credentialTestSchema>;

const candidateSchema = z.object({
  credential: z.string(),
  label: z.string(),
  provider: z.string(),
  priority: z.number(),
  weight: z.number(),
  /** What the upstream would be asked for. */
  model: z.string(),
  /** Whether a request may use it now. */
  serves: z.boolean(),
  /** For people: why, or why not, and until when. */
  why: z.string(),
  ailment: ailmentSchema.optional(),
});
export type CandidateView = z.output<typeof candidateSchema>;

const chainLinkSchema = z.object({
  /** The name that clients see in the model list. */
  name: z.string(),
  candidates: z.array(candidateSchema),
  /** What would be tried now, in this order, if each failed. */
  attempts: z.array(z.object({ credential: z.string(), label: z.string(), model: z.string() })),
});
export type ChainLink = z.output<typeof chainLinkSchema>;

export const routeExplanationSchema = z.object({
  model: z.string(),
  /** From the name that was asked for to the one that is served. */
  steps: z.array(
    z.object({
      step: z.enum(['suffix', 'auto', 'short-name', 'prefix', 'alias', 'fallback']),
      from: z.string(),
      to: z.string(),
    }),
  ),
  /** Whether a request would find somebody now. */
  served: z.boolean(),
  /** The client key that was asked about, by its public id. */
  client: z.object({ key: z.string(), mayCall: z.boolean() }).optional(),
  /** The session's credential, healthy or not. */
  boundTo: z.string().optional(),
  /** The model itself first, then its fallbacks; empty when nobody serves the name. */
  chain: z.array(chainLinkSchema),
  /** Credentials that have the model and are never asked for it. */
  leftOut: z.array(z.object({ credential: z.string(), label: z.string(), why: z.string() })),
});
export type RouteExplanation = z.output<typeof routeExplanationSchema>;

const quotaWindowSchema = z.object({
  /** Stable, such as `five_hour`. */
  id: z.string(),
  title: z.string(),
  /** 0 to 100, and beyond where a vendor counts overage. */
  usedPercent: z.number(),
  used: z.number().optional(),
  limit: z.number().optional(),
  unit: z.string().optional(),
  /** Epoch milliseconds. */
  resetsAt: z.number().optional(),
  exhausted: z.boolean().optional(),
  /** Upstream model names it covers, `*` as wildcard; absent: all. */
  models: z.string().optional(),
});

const accountQuotaSchema = z.object({
  credential: z.string(),
  label: z.string(),
  provider: z.string(),
  plan: z.string().optional(),
  windows: z.array(quotaWindowSchema),
  source: z.enum(['response-headers', 'usage-call']).optional(),
  /** Epoch milliseconds of what is told. */
  at: z.number().optional(),
  error: z.string().optional(),
});
export type AccountQuota = z.output<typeof accountQuotaSchema>;

/** `null` takes a setting away. */
const credentialChangeSchema = z.object({
  id: z.string(),
  disabled: z.boolean().optional(),
  priority: z.number().int().nullable().optional(),
  weight: z.number().int().max(1_000_000).nullable().optional(),
  note: z.string().max(4096).nullable().optional(),
  prefix: z.string().max(256).nullable().optional(),
});
export type CredentialChange = z.output<typeof credentialChangeSchema>;

const credentialImportSchema = z.object({
  files: z
    .array(
      z.object({
        name: z.string(),
        content: z.string(),
        /** Belongs to another program, which refreshes it: ours never does. */
        readOnly: z.boolean().optional(),
      }),
    )
    .min(1)
    .max(200),
  /** Whether files of the same name are replaced. */
  replace: z.boolean().optional(),
});
export type CredentialImport = z.output<typeof credentialImportSchema>;

const importResultSchema = z.object({
  imported: z.array(z.object({ name: z.string(), id: z.string(), label: z.string() })),
  failed: z.array(z.object({ name: z.string(), error: z.string() })),
});
export type ImportResult = z.output<typeof importResultSchema>;

/** What may be done to credentials themselves, on the local socket only. */
export const credentialRoutes = {
  updateCredential: defineRoute({
    method: 'post',
    path: '/v0/lifecycle/credentials/update',
    input: credentialChangeSchema,
    output: credentialSummarySchema,
  }),
  removeCredential: defineRoute({
    method: 'post',
    path: '/v0/lifecycle/credentials/remove',
    /** `revoke`: tells the vendor first, as far as it has a way to be told. */
    input: z.object({ id: z.string(), revoke: z.boolean().optional() }),
    output: z.object({ removed: z.string(), revoked: z.boolean() }),
  }),
  importCredentials: defineRoute({
    method: 'post',
    path: '/v0/lifecycle/credentials/import',
    input: credentialImportSchema,
    output: importResultSchema,
  }),
  exportCredential: defineRoute({
    method: 'post',
    path: '/v0/lifecycle/credentials/export',
    input: z.object({ id: z.string() }),
    /** The whole file, tokens included. */
    output: z.object({ name: z.string(), content: z.string() }),
  }),
  renameCredential: defineRoute({
    method: 'post',
    path: '/v0/lifecycle/credentials/rename',
    input: z.object({ id: z.string(), name: z.string() }),
    output: credentialSummarySchema,
  }),
  refreshCredential: defineRoute({
    method: 'post',
    path: '/v0/lifecycle/credentials/refresh',
    input: z.object({ id: z.string() }),
    output: credentialSummarySchema,
  }),
  getQuota: defineRoute({
    method: 'get',
    path: '/v0/lifecycle/quota',
    /** `refresh`: asks the vendor even if it was asked a moment ago. */
    input: z.object({ id: z.string().optional(), refresh: z.union([z.boolean(), z.stringbool()]).optional() }),
    output: z.object({ accounts: z.array(accountQuotaSchema) }),
  }),
} as const;
