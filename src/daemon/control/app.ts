import { type Context, Hono } from 'hono';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import { z } from 'zod';
import { toErrorReply } from '../../shared/contract/error-reply.js';
import { lifecycle } from '../../shared/contract/lifecycle.js';
import { isManagementPath, PEER_HEADER } from '../../shared/contract/management/management.js';
import type { Contract, Handlers, Route } from '../../shared/contract/route.js';
import { AppError } from '../../shared/errors.js';
import type { ControlPlane } from './control-plane.js';
import { credentialHandlers } from './handlers/credentials.js';
import { keyHandlers } from './handlers/keys.js';
import { lifecycleHandlers } from './handlers/lifecycle.js';
import { loginHandlers } from './handlers/logins.js';
import { logHandlers } from './handlers/logs.js';

/** Management inputs are small; what is larger is a mistake. */
const MAX_INPUT_BYTES = 1024 * 1024;

export interface ControlAppOptions {
  readonly plane: ControlPlane;
  /** The management API; whatever the data plane handed on goes there, and nowhere else. */
  readonly management?: Pick<Hono, 'fetch'>;
  /** Told of errors that are nobody's fault but ours. */
  readonly onInternalError: (error: unknown, route: string) => void;
}

/** The lifecycle contract over HTTP, for the local socket. A route without a handler does not compile. */
export function createControlApp({ plane, management, onInternalError }: ControlAppOptions): Hono {
  const handlers: Handlers<typeof lifecycle> = {
    ...lifecycleHandlers(plane),
    ...credentialHandlers(plane),
    ...keyHandlers(plane),
    ...logHandlers(plane),
    ...loginHandlers(plane.logins),
  };
  const app = new Hono();
  if (management !== undefined) {
    app.use((c, next) =>
      c.req.header(PEER_HEADER) !== undefined || isManagementPath(c.req.path)
        ? Promise.resolve(management.fetch(c.req.raw, c.env))
        : next(),
    );
  }
  mount(app, lifecycle, handlers);
  app.notFound((c) => refuse(c, new AppError('unknown_route', `no such route: ${c.req.method} ${c.req.path}`), 404));
  app.onError((error, c) => {
    if (!(error instanceof AppError)) onInternalError(error, `${c.req.method} ${c.req.path}`);
    return refuse(c, error, statusFor(error));
  });
  return app;
}

/** Puts every route of the contract on the app: parse, handle, answer. */
function mount<C extends Contract>(app: Hono, contract: C, handlers: Handlers<C>): void {
  for (const [name, route] of Object.entries(contract)) {
    // The table ties each handler to its route's input; iterating over it loses that tie.
    const handle = handlers[name] as (input: unknown, context: { signal: AbortSignal }) => Promise<unknown>;
    app.on(route.method.toUpperCase(), route.path, async (c) => {
      const input = route.input.safeParse(await readInput(c, route));
      if (!input.success) {
        throw new AppError('input_invalid', `${name}: ${z.prettifyError(input.error)}`, {
          hint: 'this command line may be of another version than the daemon',
        });
      }
      return c.json(await handle(input.data, { signal: c.req.raw.signal }));
    });
  }
}

async function readInput(c: Context, { method }: Route): Promise<unknown> {
  if (method !== 'post') return c.req.query();
  if (Number(c.req.header('content-length') ?? 0) > MAX_INPUT_BYTES) {
    throw new AppError('input_too_large', 'the request body is larger than 1 MB');
  }
  const text = await c.req.text();
  if (text === '') return {};
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new AppError('input_invalid', 'the request body is not JSON', { cause });
  }
}

const refuse = (c: Context, error: unknown, status: ContentfulStatusCode): Response =>
  c.json(toErrorReply(error), status);

function statusFor(error: unknown): ContentfulStatusCode {
  if (!(error instanceof AppError)) return 500;
  switch (error.code) {
    case 'key_unknown':
    case 'credential_unknown':
    case 'login_unknown':
    case 'request_unknown':
      return 404;
    case 'key_exists':
    case 'key_last':
    case 'credential_changed':
    case 'credential_exists':
      return 409;
    case 'no_worker':
    case 'worker_gone':
    case 'worker_late':
      return 503;
    default:
      return 400;
  }
}
