import type { Worker } from 'node:cluster';
import { z } from 'zod';
import type { Taker } from './handover.js';

/** Comes to a worker with a connection attached. */
export const givenSchema = z.object({ kind: z.literal('given'), id: z.number() });
type Given = z.output<typeof givenSchema>;

/** The worker's answer: the connection is its own now. */
const tookSchema = z.object({ kind: z.literal('took'), id: z.number() });
export type Took = z.output<typeof tookSchema>;

export interface Giving extends Taker {
  /** For every message of the worker; `true`: it was one of ours. */
  hear(message: unknown): boolean;
  /** The worker is gone: what it has not taken it never will. */
  hangUp(): void;
}

/** Gives connections to a worker process and learns which of them have arrived. */
export function openGiving(worker: Worker): Giving {
  const open = new Map<number, (taken: boolean) => void>();
  let nextId = 1;
  const settle = (id: number, taken: boolean): void => {
    open.get(id)?.(taken);
    open.delete(id);
  };
  return {
    give: (socket) =>
      new Promise((resolve) => {
        if (!worker.isConnected()) return resolve(false);
        const id = nextId++;
        open.set(id, resolve);
        worker.send({ kind: 'given', id } satisfies Given, socket, { keepOpen: true }, (error) => {
          if (error !== null) settle(id, false);
        });
      }),
    hear(message) {
      const took = tookSchema.safeParse(message);
      if (took.success) settle(took.data.id, true);
      return took.success;
    },
    hangUp() {
      for (const id of [...open.keys()]) settle(id, false);
    },
  };
}
