import { type Context, Hono } from 'hono';
import type { ClientDialect, KeepImage } from '../../dialects/dialect.js';
import { decodeEdit, decodeGeneration } from '../../dialects/openai-images/decode-request.js';
import type { Engine } from '../../engine/engine.js';
import { isForm, openImageForm } from '../../engine/image-form.js';
import type { Reply } from '../../engine/try.js';
import { type ForkableBody, openWireBody } from '../../engine/wire-body.js';
import type { ImageStore } from '../../images/store.js';
import type { FailureFacts } from '../../ir/error.js';
import { redirectOfImagen } from '../../models/imagen.js';
import type { Snapshot } from '../../runtime/snapshot.js';
import type { ServerEnv } from '../env.js';
import { respondFailure } from '../errors.js';
import { generate } from '../generate.js';
import { readRequestBody } from '../read-body.js';

/** Fetched without a key, by whoever has the link: the name is the secret. */
export const IMAGE_FILES_PATH = '/v1/images/files/';

/** What draws for a client that names no model, as in the gateway whose clients we serve (management-api.md 13). */
const DEFAULT_MODEL = 'gpt-image-2';

/** OpenAI's Images API, and the pictures that it handed out as links. */
export function imageRoutes(engine: Engine, dialect: ClientDialect, store: ImageStore): Hono<ServerEnv> {
  const draw = async (c: Context<ServerEnv>, action: 'image' | 'image-edit'): Promise<Response> => {
    const { servesImages, maxBodyBytes, plan } = c.get('snapshot');
    if (!servesImages) return c.body(null, 404);
    const body = await readBody(c, maxBodyBytes);
    const decode = action === 'image-edit' ? decodeEdit : decodeGeneration;
    // Whoever answers: what is wrong is said at once, and by name.
    const request = decode(body.toJSON());
    const asked = request.model === '' ? DEFAULT_MODEL : request.model;
    const redirect = isGone(plan, asked) ? redirectOfImagen(asked) : undefined;
    return generate(c, engine, {
      dialect,
      operation: action,
      body,
      model: redirect?.name ?? asked,
      stream: request.stream,
      decode: () => request,
      keepImage: keeper(c, store),
      ...(redirect === undefined ? {} : { finish: (reply) => withHeader(reply, 'x-model-redirect', redirect.model) }),
    });
  };
  return new Hono<ServerEnv>()
    .post('/v1/images/generations', (c) => draw(c, 'image'))
    .post('/v1/images/edits', (c) => draw(c, 'image-edit'))
    .get(`${IMAGE_FILES_PATH}:name`, (c) => sendFile(c, dialect, store));
}

const withHeader = (reply: Reply, name: string, value: string): Reply => ({
  ...reply,
  headers: { ...reply.headers, [name]: value },
});

async function readBody(c: Context<ServerEnv>, maxBodyBytes: number): Promise<ForkableBody> {
  const bytes = await readRequestBody(c, maxBodyBytes);
  const contentType = c.req.header('content-type');
  return contentType !== undefined && isForm(contentType) ? openImageForm(bytes, contentType) : openWireBody(bytes);
}

/** Nobody serves it, or only Google, who no longer does. */
function isGone(plan: Snapshot['plan'], model: string): boolean {
  const { route } = plan.resolve(model);
  return route?.candidates.every(({ credential }) => GOOGLE.has(credential.provider.id)) ?? true;
}

const GOOGLE: ReadonlySet<string> = new Set(['gemini', 'vertex']);

function keeper(c: Context<ServerEnv>, store: ImageStore): KeepImage {
  const { origin } = new URL(c.req.url);
  return (image) => {
    const name = store.keep(image);
    return name === undefined ? undefined : origin + IMAGE_FILES_PATH + name;
  };
}

const NOT_FOUND: FailureFacts = {
  reason: 'invalid-request',
  status: 404,
  code: 'image_not_found',
  message: 'there is no such image, or no longer: links work for as long as "images.link-ttl" in the config says',
};

async function sendFile(c: Context<ServerEnv>, dialect: ClientDialect, store: ImageStore): Promise<Response> {
  const { servesImages } = c.get('snapshot');
  const found = servesImages ? await store.find(c.req.param('name') ?? '') : undefined;
  // Answered here and not thrown: what is refused is logged with its path, and the name is a secret.
  if (found === undefined) return respondFailure(c, dialect, NOT_FOUND);
  const seconds = Math.max(0, Math.floor((found.expiresAt - c.get('startedAt')) / 1000));
  return c.body(new Uint8Array(found.bytes), 200, {
    'content-type': found.mediaType,
    'content-length': String(found.bytes.length),
    'cache-control': `private, max-age=${seconds}, immutable`,
    'x-content-type-options': 'nosniff',
    'content-security-policy': "default-src 'none'; sandbox",
    // Chat pages of other origins show it as a picture.
    'cross-origin-resource-policy': 'cross-origin',
  });
}
