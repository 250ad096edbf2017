import { z } from 'zod';
import {
  credentialDetailSchema,
  credentialRoutes,
  credentialSummarySchema,
  credentialTestSchema,
  routeExplanationSchema,
} from './credentials.js';
import { logins } from './logins.js';
import { requestExplanationSchema } from './requests.js';
import { defineRoute } from './route.js';

/** Raised when a route changes in a way an older CLI would misread. */
export const CONTRACT_VERSION = 1;

const empty = z.object({});

export const problemSchema = z.object({
  /** Stable and machine-readable, such as `worker_crashing`. */
  code: z.string(),
  message: z.string(),
  hint: z.string().optional(),
});
export type Problem = z.output<typeof problemSchema>;

const workerSchema = z.object({
  id: z.number(),
  pid: z.number(),
  state: z.enum(['starting', 'ready', 'draining', 'dead']),
  /** Epoch milliseconds. */
  startedAt: z.number(),
  inFlight: z.number(),
  /** Hash of the config it serves; differs from the primary's while a reload is under way. */
  configHash: z.string().optional(),
});

const statusSchema = z.object({
  version: z.string(),
  contract: z.number(),
  instanceId: z.string(),
  pid: z.number(),
  /** Epoch milliseconds. */
  startedAt: z.number(),
  state: z.enum(['starting', 'ready', 'degraded', 'draining']),
  /** Whether a request would be served right now. */
  ready: z.boolean(),
  listen: z.object({ host: z.string(), port: z.number(), url: z.string(), tls: z.boolean() }),
  configPath: z.string(),
  configHash: z.string(),
  logFile: z.string().optional(),
  workers: z.array(workerSchema),
  /** Worker crashes since the start. */
  restarts: z.number(),
  counts: z.object({
    models: z.number(),
    credentials: z.number(),
    coolingCredentials: z.number(),
    clientKeys: z.number(),
    requests: z.number(),
    failures: z.number(),
    inFlight: z.number(),
  }),
  problems: z.array(problemSchema),
  warnings: z.array(problemSchema),
  /** Settings in the file that take effect only after a restart. */
  restartNeeded: z.array(z.string()),
});
export type Status = z.output<typeof statusSchema>;

export const modelSummarySchema = z.object({
  id: z.string(),
  displayName: z.string().optional(),
  ownedBy: z.string().optional(),
  providers: z.array(z.string()),
  credentials: z.number(),
  contextTokens: z.number().optional(),
  maxOutputTokens: z.number().optional(),
  thinking: z.array(z.string()).optional(),
});
export type ModelSummary = z.output<typeof modelSummarySchema>;

const keySchema = z.object({
  /** First 8 hex digits of the SHA-256 of the key: what logs and usage call it. */
  id: z.string(),
  /** The key with its middle hidden. */
  masked: z.string(),
});

/** Routes for the command line, on the local socket only. */
export const lifecycle = {
  getStatus: defineRoute({ method: 'get', path: '/v0/lifecycle/status', input: empty, output: statusSchema }),
  reload: defineRoute({
    method: 'post',
    path: '/v0/lifecycle/reload',
    input: empty,
    output: z.object({
      changed: z.boolean(),
      configHash: z.string(),
      warnings: z.array(problemSchema),
      restartNeeded: z.array(z.string()),
    }),
  }),
  restartWorkers: defineRoute({
    method: 'post',
    path: '/v0/lifecycle/restart-workers',
    input: empty,
    output: z.object({ workers: z.array(workerSchema) }),
  }),
  shutdown: defineRoute({
    method: 'post',
    path: '/v0/lifecycle/shutdown',
    /** How long running streams may go on; absent means the daemon's own default of 30 s. */
    input: z.object({ drainTimeoutMs: z.number().int().min(0).max(3_600_000).optional() }),
    output: z.object({ draining: z.number() }),
  }),
  listModels: defineRoute({
    method: 'get',
    path: '/v0/lifecycle/models',
    input: empty,
    output: z.object({ models: z.array(modelSummarySchema) }),
  }),
  listCredentials: defineRoute({
    method: 'get',
    path: '/v0/lifecycle/credentials',
    input: empty,
    output: z.object({ credentials: z.array(credentialSummarySchema) }),
  }),
  showCredential: defineRoute({
    method: 'get',
    path: '/v0/lifecycle/credentials/one',
    input: z.object({ id: z.string() }),
    output: credentialDetailSchema,
  }),
  resetCredentials: defineRoute({
    method: 'post',
    path: '/v0/lifecycle/credentials/reset',
    /** Absent: all. */
    input: z.object({ id: z.string().optional() }),
    /** The ids whose cooldowns and session bindings are forgotten. */
    output: z.object({ reset: z.array(z.string()) }),
  }),
  testCredential: defineRoute({
    method: 'post',
    path: '/v0/lifecycle/credentials/test',
    /** `model`: a name or an upstream name it offers; absent: its first. */
    input: z.object({ id: z.string(), model: z.string().optional() }),
    output: credentialTestSchema,
  }),
  explainRoute: defineRoute({
    method: 'get',
    path: '/v0/lifecycle/route',
    /** `clientKey`: the public id of a client key. */
    input: z.object({ model: z.string().min(1), session: z.string().optional(), clientKey: z.string().optional() }),
    output: routeExplanationSchema,
  }),
  explainRequest: defineRoute({
    method: 'get',
    path: '/v0/lifecycle/route/request',
    /** As `X-Request-Id` told the client. */
    input: z.object({ id: z.string().min(1) }),
    output: requestExplanationSchema,
  }),
  listKeys: defineRoute({
    method: 'get',
    path: '/v0/lifecycle/keys',
    input: empty,
    output: z.object({ keys: z.array(keySchema) }),
  }),
  addKey: defineRoute({
    method: 'post',
    path: '/v0/lifecycle/keys',
    /** Absent: the daemon makes a random one. */
    input: z.object({ key: z.string().min(8).max(256).optional() }),
    output: keySchema.extend({ key: z.string() }),
  }),
  revokeKey: defineRoute({
    method: 'delete',
    path: '/v0/lifecycle/keys',
    /** The id, or the whole key. */
    input: z.object({ idOrKey: z.string() }),
    output: keySchema,
  }),
  readLogs: defineRoute({
    method: 'get',
    path: '/v0/lifecycle/logs',
    input: z.object({
      limit: z.coerce.number().int().min(1).max(10_000).default(100),
      /** Where the last answer ended; absent reads the newest lines. */
      cursor: z.string().optional(),
      /** Wait up to this long for a new line when there is none yet. */
      waitMs: z.coerce.number().int().min(0).max(30_000).default(0),
    }),
    output: z.object({
      /** One JSON object a line, as written. */
      lines: z.array(z.string()),
      cursor: z.string(),
      /** The cursor no longer fitted (rotated away): these are the newest lines instead. */
      reset: z.boolean(),
    }),
  }),
  ...credentialRoutes,
  ...logins,
} as const;
