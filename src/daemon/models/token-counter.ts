import { Worker } from 'node:worker_threads';
import type { ModelRequest } from '../ir/request.js';
import { tokenText } from './token-text.js';
import type { CountAnswer, CountQuestion } from './token-worker.js';

/** Estimates input tokens for upstreams that have no endpoint for it. */
export interface TokenCounter {
  count(request: ModelRequest): Promise<number>;
  close(): Promise<void>;
}

/**
 * Counts with OpenAI's o200k vocabulary on a thread of its own, started at the first question: a long conversation takes
 * tens of milliseconds, which no other request should wait for.
 */
export function openTokenCounter(workerFile: () => string): TokenCounter {
  let worker: Worker | undefined;
  let lastId = 0;
  const waiting = new Map<number, { resolve(tokens: number): void; reject(error: Error): void }>();

  const start = (): Worker => {
    const started = new Worker(workerFile());
    started.unref();
    started.on('message', ({ id, tokens }: CountAnswer) => {
      waiting.get(id)?.resolve(tokens);
      waiting.delete(id);
    });
    started.on('error', (error) => {
      worker = undefined;
      for (const { reject } of waiting.values()) reject(error instanceof Error ? error : new Error(String(error)));
      waiting.clear();
    });
    return started;
  };

  return {
    async count(request) {
      const { text, extraTokens } = tokenText(request);
      worker ??= start();
      lastId++;
      const question: CountQuestion = { id: lastId, text };
      const tokens = new Promise<number>((resolve, reject) => waiting.set(question.id, { resolve, reject }));
      worker.postMessage(question);
      return (await tokens) + extraTokens;
    },
    async close() {
      await worker?.terminate();
      worker = undefined;
    },
  };
}
