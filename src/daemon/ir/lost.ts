import { isObject, type JsonValue, ownValue } from './json.js';
import type { Extensions, ModelRequest, Part } from './request.js';

/**
 * What a decoder leaves in `ext` although nothing of it is lost in another dialect, and where its groups hide. Places are
 * written as in warnings: `tools[].x`, `messages[].x`, `messages[].content[].x`, or the bare name for the body's own.
 */
export interface KeptMembers {
  /** Members that the common form holds too, or that say nothing to a model. */
  readonly mapped: ReadonlySet<string>;
  /** Hint -> path of the wire object whose other members it holds: `$text` -> `text`. */
  readonly groups?: Readonly<Record<string, string>>;
  /** How the dialect itself calls what the common form calls otherwise: `sampling.topK` -> `top_k`. */
  readonly names?: Readonly<Record<string, string>>;
}

/** A path of the common form in the words of the client. */
export function clientPath(path: string, { names = {} }: KeptMembers): string {
  const exact = ownValue(names, path);
  if (exact !== undefined) return exact;
  const [, head = '', rest = ''] = /^(\w+)(.*)$/.exec(path) ?? [];
  return `${ownValue(names, head) ?? head}${rest}`;
}

/**
 * Members that only the client's dialect knows, by their place, each place once. One that says nothing (`null`, `false`,
 * or empty) is not counted.
 */
export function lostMembers({ ext, tools, messages }: ModelRequest, kept?: KeptMembers): ReadonlySet<string> {
  const paths = new Set<string>();
  const noteMember = (path: string, value: JsonValue | undefined): void => {
    if (saysSomething(value) && kept?.mapped.has(path) !== true) paths.add(path);
  };
  const note = (extensions: Extensions | undefined, place: string): void => {
    for (const members of Object.values(extensions ?? {})) {
      for (const [key, value] of Object.entries(members)) if (!key.startsWith('$')) noteMember(place + key, value);
    }
  };
  const notePart = (part: Part): void => {
    note(part.ext, 'messages[].content[].');
    if (part.type === 'tool-result') part.content.forEach(notePart);
  };
  note(ext, '');
  for (const members of Object.values(ext ?? {})) {
    for (const [hint, place] of Object.entries(kept?.groups ?? {})) {
      const group = members[hint];
      if (isObject(group)) note({ group }, `${place}.`);
    }
  }
  // The declaration of a built-in tool is all in its `ext`; whether it has a place is told where tools are printed.
  for (const tool of tools) if (tool.kind !== 'hosted') note(tool.ext, 'tools[].');
  for (const message of messages) {
    note(message.ext, 'messages[].');
    message.content.forEach(notePart);
  }
  return paths;
}

/** Marks on parts, messages and tools that not every dialect has. */
export type Mark = 'cache' | 'citations' | 'detail' | 'filename';

/** Where a request has such marks, each place once. */
export function markedPlaces({ tools, messages }: ModelRequest, marks: readonly Mark[]): ReadonlySet<string> {
  const paths = new Set<string>();
  const note = (mark: Mark, value: unknown, path: string): void => {
    if (value !== undefined && marks.includes(mark)) paths.add(path);
  };
  const notePart = (part: Part): void => {
    const place = 'messages[].content[].';
    note('cache', part.cache, `${place}cache_control`);
    if (part.type === 'text') note('citations', part.citations, `${place}citations`);
    if (part.type === 'media') {
      // `auto` leaves it to the model, as everybody does who has no such mark.
      if (part.detail !== 'auto') note('detail', part.detail, `${place}detail`);
      note('filename', part.filename, `${place}filename`);
    }
    if (part.type === 'tool-result') part.content.forEach(notePart);
  };
  for (const { cache } of tools) note('cache', cache, 'tools[].cache_control');
  for (const { cache, content } of messages) {
    note('cache', cache, 'messages[].cache_control');
    content.forEach(notePart);
  }
  return paths;
}

function saysSomething(value: JsonValue | undefined): boolean {
  if (value === undefined || value === null || value === false || value === '') return false;
  return typeof value !== 'object' || Object.keys(value).length > 0;
}
