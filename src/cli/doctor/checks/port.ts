import { createServer } from 'node:net';
import { AppError } from '../../../shared/errors.js';
import { findPortOwner } from '../../../shared/port-owner.js';
import type { Check } from '../check.js';
import type { DoctorContext } from '../context.js';

export const portCheck: Check<DoctorContext> = {
  id: 'port',
  title: 'Port',
  async run({ config, status }) {
    if (config === undefined) return { state: 'skipped', message: 'the config cannot be read' };
    const { host, port } = config;
    const facts = { host, port };
    const running = await status();
    if (!(running instanceof AppError) && (running.listen.port === port || port === 0)) {
      return { state: 'ok', message: `${running.listen.port}, held by the daemon`, facts };
    }
    if (port === 0) return { state: 'ok', message: 'any free one', facts };
    const refusal = await tryToListen(host, port);
    if (refusal === undefined) return { state: 'ok', message: `${port} is free`, facts };
    if (refusal === 'EACCES') {
      return {
        state: 'problem',
        message: `this user may not listen on port ${port}`,
        hint: 'choose a port above 1023 (`port` in the config)',
        facts,
      };
    }
    if (refusal !== 'EADDRINUSE') {
      return {
        state: 'problem',
        message: `cannot listen on ${host === '' ? 'all addresses' : host}, port ${port} (${refusal})`,
        hint: '`host` must be an address of this machine',
        facts,
      };
    }
    const owner = await findPortOwner(port);
    const who = owner === undefined ? 'another process' : `${owner.command} (pid ${owner.pid})`;
    return {
      state: 'problem',
      message: `${port} is in use by ${who}`,
      hint: 'end that process, or set another `port` in the config',
      facts: { ...facts, ...(owner === undefined ? {} : { owner }) },
    };
  },
};

/** Listens for a moment; the code of the error that prevents it, or undefined. */
function tryToListen(host: string, port: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    server.listen({ port, exclusive: true, ...(host === '' ? {} : { host }) }, () =>
      server.close(() => resolve(undefined)),
    );
  });
}
