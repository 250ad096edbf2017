import { lostMembers } from '../../ir/lost.js';
import type { ModelRequest, Part, Sampling } from '../../ir/request.js';
import type { EncodeRequestContext } from '../dialect.js';

/** Sampling settings this API has no member for, under the name most clients know them by. */
const LOST = [
  ['topK', 'top_k'],
  ['seed', 'seed'],
  ['stop', 'stop'],
  ['frequencyPenalty', 'frequency_penalty'],
  ['presencePenalty', 'presence_penalty'],
] as const satisfies readonly (readonly [keyof Sampling, string])[];

/** Warns of what another dialect's request says and this API cannot; once per kind, not once per message. */
export function warnOfLost(request: ModelRequest, { warn, kept }: EncodeRequestContext): void {
  const { sampling } = request;
  for (const [key, path] of LOST) {
    if (sampling[key] !== undefined) warn({ path, reason: 'the Responses API has no such setting' });
  }
  if ((sampling.candidates ?? 1) > 1) warn({ path: 'n', reason: 'the Responses API gives one answer' });
  for (const path of unprintable(request)) warn({ path, reason: 'the Responses API has no such mark' });
  for (const path of lostMembers(request, kept)) {
    warn({ path, reason: 'only the dialect of this request has this member' });
  }
}

/** Cache breakpoints and citations of earlier answers. */
function unprintable({ tools, messages }: ModelRequest): ReadonlySet<string> {
  const paths = new Set<string>();
  const notePart = (part: Part): void => {
    if (part.cache !== undefined) paths.add('messages[].content[].cache_control');
    if (part.type === 'text' && part.citations !== undefined) paths.add('messages[].content[].citations');
    if (part.type === 'tool-result') part.content.forEach(notePart);
  };
  if (tools.some(({ cache }) => cache !== undefined)) paths.add('tools[].cache_control');
  for (const { cache, content } of messages) {
    if (cache !== undefined) paths.add('messages[].cache_control');
    content.forEach(notePart);
  }
  return paths;
}
