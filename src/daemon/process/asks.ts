import { z } from 'zod';
import { errorReplySchema, fromErrorReply, toErrorReply } from '../../shared/contract/error-reply.js';
import { AppError } from '../../shared/errors.js';
import type { Channel } from './link.js';

/** What a worker asks of the primary, as data; the other way round is `link.ts`. */
const primaryCalls = {
  /** Renews the token unless another one is there by now. Resolves once the workers have been given it, or when there is none. */
  renewAccount: { input: z.object({ name: z.string(), tokenId: z.string() }), output: z.object({}) },
} as const;

type Calls = typeof primaryCalls;
type CallName = keyof Calls;
export type PrimaryApi = {
  readonly [K in CallName]: (input: z.output<Calls[K]['input']>) => Promise<z.output<Calls[K]['output']>>;
};

const askSchema = z.object({ kind: z.literal('ask'), id: z.number(), name: z.string(), input: z.unknown().optional() });
const answerSchema = z.object({
  kind: z.literal('answer'),
  id: z.number(),
  value: z.unknown().optional(),
  failure: errorReplySchema.optional(),
});

/** The worker's end. */
export function connectAsks(channel: Channel): { readonly api: PrimaryApi; hangUp(error: AppError): void } {
  const waiting = new Map<number, { resolve(value: unknown): void; reject(error: unknown): void }>();
  let nextId = 1;
  let gone: AppError | undefined;
  channel.onMessage((message) => {
    const answer = answerSchema.safeParse(message);
    if (!answer.success) return;
    const { id, value, failure } = answer.data;
    const call = waiting.get(id);
    waiting.delete(id);
    if (failure === undefined) call?.resolve(value);
    else call?.reject(fromErrorReply(failure));
  });
  const ask = <K extends CallName>(name: K) =>
    ((input: unknown) =>
      new Promise<unknown>((resolve, reject) => {
        if (gone !== undefined) return reject(gone);
        const id = nextId++;
        waiting.set(id, { resolve, reject });
        channel.send({ kind: 'ask', id, name, input });
      }).then((value) => primaryCalls[name].output.parse(value))) as PrimaryApi[K];
  return {
    api: { renewAccount: ask('renewAccount') },
    hangUp(error) {
      gone = error;
      for (const { reject } of waiting.values()) reject(error);
      waiting.clear();
    },
  };
}

/** The primary's end: answers a message if it asks something. */
export async function answerAsk(message: unknown, api: PrimaryApi | undefined, send: Channel['send']): Promise<void> {
  const ask = askSchema.safeParse(message);
  if (!ask.success) return;
  const { id, name, input } = ask.data;
  try {
    if (api === undefined || !isCallName(name)) throw new AppError('unknown_call', `the primary has no call ${name}`);
    const value = await api[name](primaryCalls[name].input.parse(input));
    send({ kind: 'answer', id, value });
  } catch (error) {
    send({ kind: 'answer', id, failure: toErrorReply(error) });
  }
}

const isCallName = (name: string): name is CallName => Object.hasOwn(primaryCalls, name);
