import type { OfferedModel, Route } from '../pool/credential.js';
import { openRoute } from '../pool/route.js';
import type { FindRoute } from './routes.js';

/**
 * The chains of `fallback-models`: from replacement to replacement, each at most once, names without a route left out.
 * Built when it is needed, which is hardly ever, and then kept.
 */
export function openFallbacks(
  replacements: Readonly<Record<string, string>>,
  findRoute: FindRoute,
): (name: string) => readonly Route[] {
  const next = new Map(Object.entries(replacements).map(([name, replacement]) => [name.toLowerCase(), replacement]));
  if (next.size === 0) return () => [];
  const chains = new Map<string, readonly Route[]>();
  const chainOf = (name: string): readonly Route[] => {
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
  return (name) => {
    const key = name.toLowerCase();
    if (!next.has(key)) return [];
    const chain = chains.get(key) ?? chainOf(key);
    chains.set(key, chain);
    return chain;
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
const renaming = (route: Route, more: Partial<OfferedModel>): Route =>
  openRoute(
    route.name,
    route.candidates.map((candidate) => ({
      ...candidate,
      offers: candidate.offers.map((offer) => ({ ...offer, ...more, forceMapping: true })),
    })),
  );
