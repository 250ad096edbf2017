import type { Extensions, ModelRequest, Part } from '../../ir/request.js';
import type { EncodeRequestContext } from '../dialect.js';

type Warn = EncodeRequestContext['warn'];

/** Warns of what another dialect's request says and this API cannot; once per kind, not once per message. */
export function warnOfLost(request: ModelRequest, warn: Warn): void {
  if (request.cacheKey !== undefined) warn({ path: 'cacheKey', reason: 'the Messages API caches by breakpoints only' });
  if (request.metadata !== undefined) warn({ path: 'metadata', reason: 'the Messages API knows the user id only' });
  for (const path of lostMembers(request)) warn({ path, reason: 'only the dialect of this request has this member' });
}

/** Members that only the client's dialect knows, by their place. */
function lostMembers({ ext, tools, messages }: ModelRequest): ReadonlySet<string> {
  const paths = new Set<string>();
  const note = (extensions: Extensions | undefined, place: string): void => {
    for (const members of Object.values(extensions ?? {})) {
      for (const key of Object.keys(members)) if (!key.startsWith('$')) paths.add(place + key);
    }
  };
  const notePart = (part: Part): void => {
    note(part.ext, 'messages[].content[].');
    if (part.type === 'tool-result') part.content.forEach(notePart);
  };
  note(ext, '');
  // The declaration of a built-in tool is all in its `ext`; whether it has a place here is told elsewhere.
  for (const tool of tools) if (tool.kind !== 'hosted') note(tool.ext, 'tools[].');
  for (const message of messages) {
    note(message.ext, 'messages[].');
    message.content.forEach(notePart);
  }
  return paths;
}
