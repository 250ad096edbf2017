import type { ServerResponse } from 'node:http';
import type { DataPlane, DataPlaneOptions } from '../../src/daemon/process/data-plane.js';
import type { LoadedConfig } from '../../src/shared/config/load.js';
import { AppError } from '../../src/shared/errors.js';

/** A config with this model prefix does not compile, as one with a broken alias would not. */
const UNCOMPILABLE_KEY = 'sk-does-not-compile';

/** A data plane of a few routes, each for one thing a test wants to see the process do. */
export function openFakeDataPlane({ loaded, log }: DataPlaneOptions): DataPlane {
  let current = compile(loaded);
  let isReady = false;
  const stats = { inFlight: 0, requests: 0, failures: 0 };
  return {
    listener(request, response) {
      stats.requests++;
      stats.inFlight++;
      response.once('close', () => stats.inFlight--);
      const url = new URL(request.url ?? '/', 'http://localhost');
      switch (url.pathname) {
        case '/stream':
          return stream(response, Number(url.searchParams.get('ms')));
        case '/log':
          log.info({ headers: { authorization: request.headers.authorization } }, url.searchParams.get('text') ?? '');
          return json(response, {});
        case '/throw':
          setImmediate(() => {
            throw new Error(url.searchParams.get('text') ?? 'thrown by a test');
          });
          return json(response, {});
        default:
          return json(response, {
            pid: process.pid,
            ready: isReady,
            keys: current.config['api-keys'].length,
            ...(Object.keys(current.prompts ?? {}).length === 0 ? {} : { prompts: current.prompts }),
          });
      }
    },
    apply(next) {
      current = compile(next);
      return { configHash: next.hash, warnings: [{ code: 'test_warning', message: 'a warning of the data plane' }] };
    },
    setReady(ready) {
      isReady = ready;
    },
    models: () => [{ id: 'acme-large', providers: ['acme'], credentials: 1 }],
    credentials: () => [
      {
        id: 'a',
        provider: 'acme',
        label: 'acme 1',
        source: 'config',
        disabled: false,
        priority: 0,
        weight: 1,
        models: 1,
        state: 'cooling',
        coolingUntil: 1,
      },
    ],
    credential: (id) => ({
      id,
      provider: 'acme',
      label: 'acme 1',
      source: 'config',
      disabled: false,
      priority: 0,
      weight: 1,
      models: 0,
      state: 'ready',
      offers: [],
    }),
    resetCredentials: (id) => [id ?? 'a'],
    testCredential: async ({ id, model = 'acme-large' }) => ({
      id,
      label: 'acme 1',
      model,
      works: true,
      status: 200,
      latencyMs: 1,
    }),
    explainRoute: ({ model }) => ({ model, steps: [], served: false, chain: [], leftOut: [] }),
    explainRequest: () => undefined,
    quota: () => [],
    noteQuota: () => undefined,
    stats: () => ({ ...stats }),
    close: async () => undefined,
  };
}

function compile(loaded: LoadedConfig): LoadedConfig {
  if (loaded.config['api-keys'].includes(UNCOMPILABLE_KEY)) {
    throw new AppError('config_invalid', 'the data plane cannot use this config', { hint: 'take the key out' });
  }
  return loaded;
}

/** One byte at once, the rest after `ms`. */
function stream(response: ServerResponse, ms: number): void {
  response.writeHead(200, { 'content-type': 'text/plain' });
  response.write('begin ');
  const timer = setTimeout(() => response.end('end'), ms);
  response.once('close', () => clearTimeout(timer));
}

function json(response: ServerResponse, body: object): void {
  response.writeHead(200, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
}
