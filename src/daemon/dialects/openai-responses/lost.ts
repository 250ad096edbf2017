import type { Extensions, ModelRequest, Part, Sampling } from '../../ir/request.js';
import type { EncodeRequestContext } from '../dialect.js';

type Warn = EncodeRequestContext['warn'];

/** Sampling settings this API has no member for, under the name most clients know them by. */
const LOST = [
  ['topK', 'top_k'],
  ['seed', 'seed'],
  ['stop', 'stop'],
  ['frequencyPenalty', 'frequency_penalty'],
  ['presencePenalty', 'presence_penalty'],
] as const satisfies readonly (readonly [keyof Sampling, string])[];

/** Warns of what another dialect's request says and this API cannot; once per kind, not once per message. */
export function warnOfLost(request: ModelRequest, warn: Warn): void {
  const { sampling } = request;
  for (const [key, path] of LOST) {
    if (sampling[key] !== undefined) warn({ path, reason: 'the Responses API has no such setting' });
  }
  if ((sampling.candidates ?? 1) > 1) warn({ path: 'n', reason: 'the Responses API gives one answer' });
  for (const path of lostMembers(request)) warn({ path, reason: 'only the dialect of this request has this member' });
}

/** Members that only the client's dialect knows, by their place. */
function lostMembers({ ext, tools, messages }: ModelRequest): ReadonlySet<string> {
  const paths = new Set<string>();
  const note = (carried: { readonly ext?: Extensions | undefined }, place: string): void => {
    for (const members of Object.values(carried.ext ?? {})) {
      for (const key of Object.keys(members)) if (!key.startsWith('$')) paths.add(place + key);
    }
  };
  const notePart = (part: Part): void => {
    note(part, 'messages[].content[].');
    if (part.cache !== undefined) paths.add('messages[].content[].cache_control');
    if (part.type === 'text' && part.citations !== undefined) paths.add('messages[].content[].citations');
    if (part.type === 'tool-result') part.content.forEach(notePart);
  };
  note({ ext }, '');
  // The declaration of a built-in tool is all in its `ext`; whether it has a place here is told elsewhere.
  for (const tool of tools) if (tool.kind !== 'hosted') note(tool, 'tools[].');
  for (const message of messages) {
    note(message, 'messages[].');
    message.content.forEach(notePart);
  }
  return paths;
}
