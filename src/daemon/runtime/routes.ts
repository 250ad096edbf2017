import type { Catalog } from '../models/catalog.js';
import type { Candidate, Credential, OfferedModel, Route } from '../pool/credential.js';
import { openRoute } from '../pool/route.js';
import type { ListedModel } from './snapshot.js';

export interface RouteTable {
  /** Lower-case client-visible name -> route. */
  readonly routes: ReadonlyMap<string, Route>;
  readonly models: readonly ListedModel[];
}

/** Which names exist, and who serves each. */
export function compileRoutes(credentials: readonly Credential[], forcePrefix: boolean): RouteTable {
  const drafts = new Map<string, { name: string; offers: Map<Credential, OfferedModel[]> }>();
  const add = (name: string, credential: Credential, offer: OfferedModel): void => {
    const key = name.toLowerCase();
    const draft = drafts.get(key) ?? { name, offers: new Map<Credential, OfferedModel[]>() };
    drafts.set(key, draft);
    const offers = draft.offers.get(credential) ?? [];
    offers.push(offer);
    draft.offers.set(credential, offers);
  };
  for (const credential of credentials) {
    if (credential.disabled) continue;
    for (const offer of credential.models) {
      const { prefix } = credential;
      if (prefix !== undefined) add(`${prefix}/${offer.alias}`, credential, offer);
      if (prefix === undefined || !forcePrefix || offer.alias === prefix) add(offer.alias, credential, offer);
    }
  }
  const routes = new Map<string, Route>();
  const models: ListedModel[] = [];
  for (const [key, { name, offers }] of drafts) {
    const candidates = [...offers].map(([credential, list]): Candidate => ({ credential, offers: list }));
    const route = openRoute(name, candidates);
    routes.set(key, route);
    const info = route.candidates[0]?.offers[0]?.model;
    if (info === undefined) continue;
    const providers = [...new Set(candidates.map(({ credential }) => credential.providerName))];
    models.push({ id: name, info, providers, credentials: candidates.length });
  }
  return { routes, models };
}

/** All that serves a client-visible name; case does not matter. */
export type FindRoute = (name: string) => Route | undefined;

/** Finds a route by name; a dated model answers to its short name too (`claude-sonnet-4-5`), with any prefix kept. */
export function openRouteFinder({ routes }: RouteTable, catalog: Catalog): FindRoute {
  return (name) => {
    const exact = routes.get(name.toLowerCase());
    if (exact !== undefined) return exact;
    const slash = name.lastIndexOf('/');
    const full = catalog.find(name.slice(slash + 1))?.id;
    return full === undefined ? undefined : routes.get((name.slice(0, slash + 1) + full).toLowerCase());
  };
}
