import type { Candidate, OfferedModel, Route } from '../pool/credential.js';
import type { FindRoute } from './routes.js';

/**
 * The chains of `fallback-models`: from replacement to replacement, each at most once, names without a route left out.
 * Built when it is needed, which is hardly ever.
 */
export function openFallbacks(
  replacements: Readonly<Record<string, string>>,
  findRoute: FindRoute,
): (name: string) => readonly Route[] {
  const next = new Map(Object.entries(replacements).map(([name, replacement]) => [name.toLowerCase(), replacement]));
  if (next.size === 0) return () => [];
  return (name) => {
    const routes: Route[] = [];
    const seen = new Set([name.toLowerCase()]);
    for (let at = next.get(name.toLowerCase()); at !== undefined && !seen.has(at.toLowerCase()); ) {
      seen.add(at.toLowerCase());
      const route = replacementRoute(at, findRoute);
      if (route !== undefined) routes.push(route);
      at = next.get(at.toLowerCase());
    }
    return routes;
  };
}

/** A replacement may carry a thinking suffix, as a configured model may. */
function replacementRoute(name: string, findRoute: FindRoute): Route | undefined {
  const exact = findRoute(name);
  if (exact !== undefined) return renaming(exact, {});
  const suffix = /^(.+)\(([^()]*)\)$/.exec(name);
  const route = suffix?.[1] === undefined ? undefined : findRoute(suffix[1]);
  return route && renaming(route, suffix?.[2] === undefined ? {} : { configuredSuffix: suffix[2] });
}

/** The same route, answering under the name the client asked for. */
function renaming(route: Route, more: Partial<OfferedModel>): Route {
  const changed = new Map<Candidate, Candidate>(
    route.candidates.map((candidate) => [
      candidate,
      { ...candidate, offers: candidate.offers.map((offer) => ({ ...offer, ...more, forceMapping: true })) },
    ]),
  );
  const candidates = [...changed.values()];
  return {
    name: route.name,
    candidates,
    groups: route.groups.map((group) => group.flatMap((candidate) => changed.get(candidate) ?? [])),
  };
}
