import { z } from 'zod';

const failureSchema = z.object({
  reason: z.string(),
  /** The HTTP status that goes with it. */
  status: z.number().optional(),
  code: z.string().optional(),
  message: z.string(),
});

const triedSchema = z.object({
  credential: z.string(),
  label: z.string(),
  provider: z.string(),
  /** What the upstream was asked for. */
  model: z.string(),
  /**
   * Why it: the session is bound to it, its turn, the next model of a pooled alias, or to find out whether it is well again.
   */
  choice: z.enum(['session', 'turn', 'pooled-model', 'probe']),
  /** Milliseconds from the start of the request. */
  startedMs: z.number(),
  /** Absent while it is under way, and where the answer is what went to the client. */
  failedMs: z.number().optional(),
  failure: failureSchema.optional(),
  /** Whose fault it was taken for, and what followed. */
  verdict: z.object({ blame: z.string(), next: z.string(), cooldownMs: z.number().optional() }).optional(),
});
export type TriedView = z.output<typeof triedSchema>;

/** What became of one request: who was asked, in which order, and why. */
export const requestExplanationSchema = z.object({
  id: z.string(),
  /** Epoch milliseconds. */
  startedAt: z.number(),
  /** Public id of the client's key. */
  key: z.string(),
  /** The dialect the client spoke. */
  client: z.string(),
  /** As the client wrote it. */
  model: z.string(),
  stream: z.boolean(),
  /** What the conversation was known by: an id the client sent, or the way it begins; absent: by nothing. */
  session: z.enum(['named', 'opening']).optional(),
  tried: z.array(triedSchema),
  /** Pauses for a cooldown to end or a credential to have room. */
  waits: z.array(z.object({ for: z.enum(['cooldown', 'room']), startedMs: z.number(), ms: z.number() })),
  /** Candidates that rested or were full when somebody of lower priority, or nobody, was left. */
  passedOver: z.array(z.object({ credential: z.string(), label: z.string(), why: z.string() })),
  /** Keep-alives had fixed status 200 before the outcome was known. */
  startedEarly: z.boolean(),
  state: z.enum(['running', 'ok', 'failed', 'abandoned']),
  durationMs: z.number().optional(),
  failure: failureSchema.optional(),
});
export type RequestExplanation = z.output<typeof requestExplanationSchema>;
