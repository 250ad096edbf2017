import { type Alias, type Document, isNode, type Node, visit } from 'yaml';
import type { Path } from '../path.js';
import { nodeAt } from './spots.js';

/**
 * An alias elsewhere that would change together with one of the paths, or lose its anchor; undefined when there is none.
 * Such an alias has to be written out before the change.
 */
export function entangledAlias(document: Document, paths: readonly Path[]): Alias | undefined {
  const touched = new Set<Node>();
  for (const path of paths) {
    for (let length = 0; length <= path.length; length++) {
      const node = nodeAt(document, path.slice(0, length));
      if (!isNode(node)) continue;
      if (length < path.length) touched.add(node);
      else visit(node, { Node: (_, inner) => void touched.add(inner) });
    }
  }
  let found: Alias | undefined;
  visit(document, {
    Alias(_, alias) {
      const target = alias.resolve(document);
      if (target === undefined || !touched.has(target) || touched.has(alias)) return undefined;
      found = alias;
      return visit.BREAK;
    },
  });
  return found;
}

/** The text with an alias replaced by what it stands for. */
export function writeOut(text: string, document: Document, alias: Alias, print: (value: unknown) => string): string {
  const [start, end] = alias.range ?? [0, 0];
  return text.slice(0, start) + print(alias.toJS(document)) + text.slice(end);
}
