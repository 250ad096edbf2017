import { AppError } from '../../../shared/errors.js';
import { withoutTrailingSlash } from '../api-key.js';

const DEFAULT_LOCATION = 'us-central1';
const EXPRESS_ORIGIN = 'https://aiplatform.googleapis.com';
/** One label of a host name: what else it were would lead the token elsewhere. */
const LOCATION = /^[a-z0-9](?:[a-z0-9-]{0,40}[a-z0-9])?$/;

/** @throws AppError `credential_malformed` */
export function readLocation(text: string | undefined): string {
  const location = text?.trim().toLowerCase() || DEFAULT_LOCATION;
  if (LOCATION.test(location)) return location;
  throw new AppError('credential_malformed', '"location" is no Google Cloud location', {
    hint: 'name a region such as us-central1, a multi-region (us, eu) or global',
  });
}

/** The host of a region, a multi-region (`us`, `eu`), or of all the world. */
function originOf(location: string): string {
  if (location === 'global') return EXPRESS_ORIGIN;
  if (location === 'us' || location === 'eu') return `https://aiplatform.${location}.rep.googleapis.com`;
  return `https://${location}-aiplatform.googleapis.com`;
}

/** A base URL may be written with or without its version: it must not be doubled. */
const withoutVersion = (url: string): string => withoutTrailingSlash(url).replace(/\/v1(beta1?)?$/, '');

/** Where models of one credential are: their addresses without the method. */
export type ModelAddress = (modelId: string) => string | undefined;

/** Models of Google, and tuned ones as `endpoints/<id>`, in a project. `base`: in place of scheme and host. */
export function projectModels(project: string, location: string, base: string | undefined): ModelAddress {
  const root = `${base === undefined ? originOf(location) : withoutVersion(base)}/v1/projects/${encodeURIComponent(project)}/locations/${location}`;
  return (id) => {
    const tuned = tunedId(id);
    return tuned === undefined
      ? `${root}/publishers/google/models/${encodeURIComponent(id)}`
      : `${root}/endpoints/${tuned}`;
  };
}

/** Express mode: no project, and none of its tuned models. */
export function expressModels(base: string): ModelAddress {
  const root = base === '' ? EXPRESS_ORIGIN : withoutVersion(base);
  return (id) =>
    tunedId(id) === undefined ? `${root}/v1/publishers/google/models/${encodeURIComponent(id)}` : undefined;
}

const tunedId = (id: string): string | undefined => /^endpoints\/([\w-]+)$/.exec(id)?.[1];
