import type { Serializable } from 'node:child_process';
import { z } from 'zod';
import {
  credentialDetailSchema,
  credentialSummarySchema,
  credentialTestSchema,
  routeExplanationSchema,
} from '../../shared/contract/credentials.js';
import { errorReplySchema, fromErrorReply, toErrorReply } from '../../shared/contract/error-reply.js';
import { modelSummarySchema, problemSchema } from '../../shared/contract/lifecycle.js';
import { requestExplanationSchema } from '../../shared/contract/requests.js';
import { AppError } from '../../shared/errors.js';
import { isObject } from '../ir/json.js';
import type { QuotaFacts } from '../providers/quota.js';
import type { StoredAccount } from '../runtime/accounts.js';
import { listenSchema } from './listen.js';

/** The config as read once by the primary, with the prompt files it names; every worker parses this same text. */
const sourceSchema = z.object({
  path: z.string(),
  text: z.string(),
  prompts: z.record(z.string(), z.string()).optional(),
});
export type ConfigSource = z.output<typeof sourceSchema>;

/** Credential files as the primary read them; their content is checked where it is used. */
const accountSchema = z.object({
  name: z.string(),
  revision: z.string(),
  fields: z.custom<StoredAccount['fields']>(isObject),
  models: z.custom<NonNullable<StoredAccount['models']>>(Array.isArray).optional(),
});
const accountsSchema = z
  .array(accountSchema)
  .transform((accounts): readonly StoredAccount[] =>
    accounts.map(({ models, ...account }) => (models === undefined ? account : { ...account, models })),
  );

const appliedSchema = z.object({ configHash: z.string(), warnings: z.array(problemSchema) });
export type Applied = z.output<typeof appliedSchema>;

const summarySchema = z.object({
  inFlight: z.number(),
  requests: z.number(),
  failures: z.number(),
  models: z.number(),
  credentials: z.number(),
  coolingCredentials: z.number(),
});
export type WorkerSummary = z.output<typeof summarySchema>;

const empty = z.object({});

/** What the primary asks of a worker, as data: both ends, and the in-process form, follow this table. */
const workerCalls = {
  /** Compiles the config and listens; the first call, and only once. */
  open: {
    input: z.object({ source: sourceSchema, listen: listenSchema, accounts: accountsSchema.optional() }),
    output: appliedSchema,
  },
  /** Without accounts: those of the last time. */
  apply: { input: z.object({ source: sourceSchema, accounts: accountsSchema.optional() }), output: appliedSchema },
  listModels: { input: empty, output: z.object({ models: z.array(modelSummarySchema) }) },
  listCredentials: { input: empty, output: z.object({ credentials: z.array(credentialSummarySchema) }) },
  showCredential: { input: z.object({ id: z.string() }), output: credentialDetailSchema },
  resetCredentials: {
    input: z.object({ id: z.string().optional() }),
    output: z.object({ reset: z.array(z.string()) }),
  },
  testCredential: { input: z.object({ id: z.string(), model: z.string().optional() }), output: credentialTestSchema },
  explainRoute: {
    input: z.object({ model: z.string(), session: z.string().optional(), clientKey: z.string().optional() }),
    output: routeExplanationSchema,
  },
  explainRequest: {
    input: z.object({ id: z.string() }),
    output: z.object({ request: requestExplanationSchema.optional() }),
  },
  /** What answers told of the limits of accounts. */
  listQuota: {
    input: empty,
    output: z.object({ quota: z.array(z.object({ credential: z.string(), facts: z.custom<QuotaFacts>(isObject) })) }),
  },
  /** What a vendor told of an account when it was asked. */
  noteQuota: { input: z.object({ credential: z.string(), facts: z.custom<QuotaFacts>(isObject) }), output: empty },
  summary: { input: empty, output: summarySchema },
  /** Resolves when the last request has ended; the worker's process ends after it. */
  drain: { input: z.object({ timeoutMs: z.number(), idleMs: z.number() }), output: empty },
} as const;

type Calls = typeof workerCalls;
type CallName = keyof Calls;
export type WorkerApi = {
  readonly [K in CallName]: (input: z.output<Calls[K]['input']>) => Promise<z.output<Calls[K]['output']>>;
};

/** One end of a message pipe between two processes. */
export interface Channel {
  /** `done` is called when the message has left, or cannot. */
  send(message: Serializable, done?: () => void): void;
  onMessage(listener: (message: unknown) => void): void;
}

const requestSchema = z.object({
  kind: z.literal('call'),
  id: z.number(),
  name: z.string(),
  input: z.unknown().optional(),
});
const replySchema = z.object({
  kind: z.literal('reply'),
  id: z.number(),
  value: z.unknown().optional(),
  failure: errorReplySchema.optional(),
});

/** Sent once by the worker: before it listens to its channel, node hands messages to nobody. */
const servingSchema = z.object({ kind: z.literal('serving') });

/** Answers the primary's calls from `api`. `onAnswered` runs once an answer has left the process. */
export function serveLink(channel: Channel, api: WorkerApi, onAnswered: (name: CallName) => void): void {
  channel.onMessage(async (message) => {
    const request = requestSchema.safeParse(message);
    if (!request.success) return;
    const { id, name, input } = request.data;
    try {
      if (!isCallName(name)) throw new AppError('unknown_call', `the worker has no call ${name}`);
      const value = await invoke(api, name, input);
      channel.send({ kind: 'reply', id, value }, () => onAnswered(name));
    } catch (error) {
      channel.send({ kind: 'reply', id, failure: toErrorReply(error) });
    }
  });
  channel.send({ kind: 'serving' } satisfies z.output<typeof servingSchema>);
}

export interface RemoteWorker {
  readonly api: WorkerApi;
  /** Fails every call that still waits: the process is gone. */
  hangUp(error: AppError): void;
}

/** Calls a worker in another process. */
export function connectLink(channel: Channel): RemoteWorker {
  const waiting = new Map<number, { resolve(value: unknown): void; reject(error: unknown): void }>();
  let early: Serializable[] | undefined = [];
  let nextId = 1;
  let gone: AppError | undefined;
  channel.onMessage((message) => {
    if (early !== undefined && servingSchema.safeParse(message).success) {
      for (const call of early) channel.send(call);
      early = undefined;
    }
    const reply = replySchema.safeParse(message);
    if (!reply.success) return;
    const { id, value, failure } = reply.data;
    const call = waiting.get(id);
    waiting.delete(id);
    if (failure === undefined) call?.resolve(value);
    else call?.reject(fromErrorReply(failure));
  });
  const call = <K extends CallName>(name: K) =>
    ((input: unknown) =>
      new Promise<unknown>((resolve, reject) => {
        if (gone !== undefined) return reject(gone);
        const id = nextId++;
        waiting.set(id, { resolve, reject });
        const message = { kind: 'call', id, name, input };
        if (early === undefined) channel.send(message);
        else early.push(message);
      }).then((value) => workerCalls[name].output.parse(value))) as WorkerApi[K];
  return {
    api: {
      open: call('open'),
      apply: call('apply'),
      listModels: call('listModels'),
      listCredentials: call('listCredentials'),
      showCredential: call('showCredential'),
      resetCredentials: call('resetCredentials'),
      testCredential: call('testCredential'),
      explainRoute: call('explainRoute'),
      explainRequest: call('explainRequest'),
      listQuota: call('listQuota'),
      noteQuota: call('noteQuota'),
      summary: call('summary'),
      drain: call('drain'),
    },
    hangUp(error) {
      gone = error;
      for (const { reject } of waiting.values()) reject(error);
      waiting.clear();
    },
  };
}

const isCallName = (name: string): name is CallName => Object.hasOwn(workerCalls, name);

function invoke(api: WorkerApi, name: CallName, input: unknown): Promise<unknown> {
  switch (name) {
    case 'open':
      return api.open(workerCalls.open.input.parse(input));
    case 'apply':
      return api.apply(workerCalls.apply.input.parse(input));
    case 'listModels':
      return api.listModels({});
    case 'listCredentials':
      return api.listCredentials({});
    case 'showCredential':
      return api.showCredential(workerCalls.showCredential.input.parse(input));
    case 'resetCredentials':
      return api.resetCredentials(workerCalls.resetCredentials.input.parse(input));
    case 'testCredential':
      return api.testCredential(workerCalls.testCredential.input.parse(input));
    case 'explainRoute':
      return api.explainRoute(workerCalls.explainRoute.input.parse(input));
    case 'explainRequest':
      return api.explainRequest(workerCalls.explainRequest.input.parse(input));
    case 'listQuota':
      return api.listQuota({});
    case 'noteQuota':
      return api.noteQuota(workerCalls.noteQuota.input.parse(input));
    case 'summary':
      return api.summary({});
    case 'drain':
      return api.drain(workerCalls.drain.input.parse(input));
    default:
      return name satisfies never;
  }
}
