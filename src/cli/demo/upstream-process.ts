import { fork } from 'node:child_process';
import { once } from 'node:events';
import { z } from 'zod';
import { AppError } from '../../shared/errors.js';
import type { HostOrder } from './upstream-host.js';
import type { DemoUpstream } from './upstream-set.js';

const KINDS = ['openai-chat', 'openai-responses', 'anthropic-messages', 'gemini-generate'] as const;
const started = z.object({
  upstreams: z.array(z.object({ kind: z.enum(KINDS), model: z.string(), url: z.string(), apiKey: z.string() })),
});

export interface UpstreamProcess {
  readonly pid: number | undefined;
  readonly upstreams: readonly DemoUpstream[];
  /** Lets it live on by itself, until that gateway is gone. */
  release(order: HostOrder): Promise<void>;
  end(): void;
}

/** Starts the simulated upstreams in a process that can outlive this one. */
export async function startUpstreamProcess(entry: string): Promise<UpstreamProcess> {
  const child = fork(entry, [], { detached: true, stdio: ['ignore', 'ignore', 'ignore', 'ipc'] });
  const exited = once(child, 'exit').then(() => {
    throw new AppError('demo_failed', 'the simulated upstreams could not be started', {
      hint: 'check the installation',
    });
  });
  const [message] = await Promise.race([once(child, 'message'), exited]);
  exited.catch(() => undefined);
  const { upstreams } = started.parse(message);
  return {
    pid: child.pid,
    upstreams,
    release: (order) =>
      new Promise((resolve, reject) => {
        child.send(order, (error) => {
          if (error !== null) return reject(error);
          child.unref();
          child.channel?.unref();
          resolve();
        });
      }),
    end: () => void child.kill(),
  };
}
