import { z } from 'zod';
import data from './data/imagen.json' with { type: 'json' };

const table = z.object({
  source: z.string(),
  date: z.string(),
  redirects: z.array(z.object({ prefix: z.string(), model: z.string(), thinking: z.string().optional() })),
});

export interface Redirect {
  /** What draws in its place, under the same credential prefix. */
  readonly model: string;
  /** The same with the level of thinking that comes closest in speed and care. */
  readonly name: string;
}

/** What draws in place of one of Google's Imagen models, which are shut down; `undefined`: it is none. */
export function redirectOfImagen(name: string): Redirect | undefined {
  const slash = name.lastIndexOf('/') + 1;
  const base = name.slice(slash).toLowerCase();
  const found = table.parse(data).redirects.find(({ prefix }) => base.startsWith(prefix));
  if (found === undefined) return undefined;
  const model = name.slice(0, slash) + found.model;
  return { model, name: found.thinking === undefined ? model : `${model}(${found.thinking})` };
}
