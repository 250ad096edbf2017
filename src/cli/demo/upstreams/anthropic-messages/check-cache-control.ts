import { asList, asRecord, type JsonRecord, recordsIn } from '../json.js';
import { refuse } from './errors.js';

const MAX_MARKED = 4;

/** Cache breakpoints: four at most, never on thinking, long ones before short ones. */
export function checkCacheControl(body: JsonRecord): void {
  const marked = blocksOf(body).filter(({ block }) => isMarked(block));
  const total = marked.length + (isMarked(body) ? 1 : 0);
  if (total > MAX_MARKED) {
    refuse(`A maximum of ${MAX_MARKED} blocks with cache_control may be provided. Found ${total}.`);
  }
  let shortAt: string | undefined;
  for (const { block, path } of marked) {
    const control = asRecord(block['cache_control']);
    if (control?.['type'] !== 'ephemeral') refuse(`${path}.cache_control.type: Input should be 'ephemeral'`);
    const ttl = control['ttl'] ?? '5m';
    if (ttl !== '5m' && ttl !== '1h') refuse(`${path}.cache_control.ttl: Input should be '5m' or '1h'`);
    if (ttl === '1h' && shortAt !== undefined) {
      refuse(
        `${path}.cache_control.ttl: a ttl='1h' cache_control block must not come after a ttl='5m' cache_control block. Note that blocks are processed in the following order: \`tools\`, \`system\`, \`messages\`.`,
      );
    }
    if (ttl === '5m') shortAt = path;
    const type = String(block['type']);
    if (type === 'thinking' || type === 'redacted_thinking') {
      refuse(`${path}.${type}.cache_control: Extra inputs are not permitted`);
    }
    if (type === 'text' && block['text'] === '') refuse(`${path}: cache_control cannot be set for empty text blocks`);
  }
}

export const isMarked = (block: JsonRecord): boolean => isObject(block['cache_control']);
const isObject = (value: unknown): boolean => value !== undefined && value !== null;

interface PlacedBlock {
  readonly block: JsonRecord;
  readonly path: string;
}

/** Every block that can be a breakpoint, in the order of evaluation. */
export function blocksOf(body: JsonRecord): readonly PlacedBlock[] {
  const place = (list: unknown, path: string): readonly PlacedBlock[] =>
    recordsIn(list).map((block, index) => ({ block, path: `${path}.${index}` }));
  const messages = asList(body['messages']).flatMap((message, index) =>
    place(asRecord(message)?.['content'], `messages.${index}.content`).flatMap((placed) => [
      ...place(placed.block['content'], `${placed.path}.content`),
      placed,
    ]),
  );
  return [...place(body['tools'], 'tools'), ...place(body['system'], 'system'), ...messages];
}
