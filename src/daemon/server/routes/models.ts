import { type Context, Hono } from 'hono';
import { unknownModel } from '../../engine/failures.js';
import { ProxyFailure } from '../../engine/inbound.js';
import type { ServerEnv } from '../env.js';
import { type ListShape, listShape, modelList, oneModel } from '../model-lists.js';

export function modelRoutes(startedAt: number) {
  const list = (c: Context<ServerEnv>, shape: ListShape): Response =>
    c.json(modelList(c.get('snapshot').models, shape, startedAt));
  const one = (c: Context<ServerEnv>, shape: ListShape): Response => {
    const id = decodeURIComponent(c.req.path.slice(c.req.path.indexOf('/models/') + '/models/'.length));
    const model = c.get('snapshot').models.find((candidate) => candidate.id === id);
    if (model === undefined) throw new ProxyFailure(unknownModel(id));
    return c.json(oneModel(model, shape, startedAt));
  };
  const shapeOf = (c: Context<ServerEnv>): ListShape => listShape((name) => c.req.header(name));
  return new Hono<ServerEnv>()
    .get('/v1/models', (c) => list(c, shapeOf(c)))
    .get('/v1/models/*', (c) => one(c, shapeOf(c)))
    .get('/v1beta/models', (c) => list(c, 'google'))
    .get('/v1beta/models/*', (c) => one(c, 'google'));
}
