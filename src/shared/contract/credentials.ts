import { z } from 'zod';

export const credentialSummarySchema = z.object({
  id: z.string(),
  provider: z.string(),
  label: z.string(),
  baseUrl: z.string().optional(),
  proxy: z.string().optional(),
  priority: z.number(),
  weight: z.number(),
  prefix: z.string().optional(),
  models: z.number(),
  state: z.enum(['ready', 'cooling', 'disabled']),
  /** Epoch milliseconds; the end of the longest running cooldown. */
  coolingUntil: z.number().optional(),
  reason: z.string().optional(),
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

export const credentialDetailSchema = credentialSummarySchema.extend({
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
  /** The session's credential, healthy or not. */
  boundTo: z.string().optional(),
  /** The model itself first, then its fallbacks; empty when nobody serves the name. */
  chain: z.array(chainLinkSchema),
  /** Credentials that have the model and are never asked for it. */
  leftOut: z.array(z.object({ credential: z.string(), label: z.string(), why: z.string() })),
});
export type RouteExplanation = z.output<typeof routeExplanationSchema>;
