import type { ModelEvent } from './event.js';

type BlockKind = 'text' | 'reasoning' | 'tool-call' | 'part';

const KIND_OF = {
  'text-start': 'text',
  'text-delta': 'text',
  citation: 'text',
  'text-end': 'text',
  'reasoning-start': 'reasoning',
  'reasoning-delta': 'reasoning',
  'reasoning-end': 'reasoning',
  'tool-call-start': 'tool-call',
  'tool-call-delta': 'tool-call',
  'tool-call-end': 'tool-call',
  part: 'part',
} as const satisfies Partial<Record<ModelEvent['type'], BlockKind>>;

type BlockEvent = Extract<ModelEvent, { readonly index: number }>;

/**
 * Watches the grammar of a streamed answer (`ModelEvent`). Call it with every event, in order.
 * @throws Error naming the violated rule. An `error` may come before `response-start`: an upstream can fail at once.
 */
export function openOrderCheck(): (event: ModelEvent) => void {
  const blocks = new Map<number, { readonly kind: BlockKind; isOpen: boolean }>();
  let isStarted = false;
  let endedBy: string | undefined;

  const block = (event: BlockEvent): void => {
    const { type, index } = event;
    const kind = KIND_OF[type];
    const known = blocks.get(index);
    if (type.endsWith('-start') || type === 'part') {
      if (known !== undefined) throw violation(event, `a block needs a fresh index, ${index} was used before`);
      blocks.set(index, { kind, isOpen: type !== 'part' });
      return;
    }
    if (known === undefined) throw violation(event, `block ${index} has not started`);
    if (known.kind !== kind) throw violation(event, `block ${index} is a ${known.kind} block`);
    if (!known.isOpen) throw violation(event, `block ${index} has ended`);
    if (type.endsWith('-end')) known.isOpen = false;
  };

  return (event) => {
    if (endedBy !== undefined) throw violation(event, `nothing may follow ${endedBy}`);
    if (!isStarted && event.type !== 'response-start' && event.type !== 'error') {
      throw violation(event, 'response-start comes first');
    }
    switch (event.type) {
      case 'response-start':
        if (isStarted) throw violation(event, 'there is one response-start');
        isStarted = true;
        return;
      case 'usage':
      case 'image-draft':
        return;
      case 'error':
        endedBy = 'error';
        return;
      case 'response-end': {
        const open = [...blocks].filter(([, { isOpen }]) => isOpen).map(([index]) => index);
        if (open.length > 0) throw violation(event, `blocks must end first, still open: ${open.join(', ')}`);
        endedBy = 'response-end';
        return;
      }
      default:
        block(event);
    }
  };
}

/**
 * Checks a whole answer.
 * @throws Error naming the violated rule; an answer without `response-end` or `error` violates one too.
 */
export function checkOrder(events: readonly ModelEvent[]): void {
  const check = openOrderCheck();
  for (const event of events) check(event);
  const last = events.at(-1)?.type;
  if (last !== 'response-end' && last !== 'error') {
    throw new Error(`event order: an answer ends with response-end or error, not ${last ?? 'nothing'}`);
  }
}

const violation = (event: ModelEvent, rule: string): Error => new Error(`event order: ${event.type}: ${rule}`);
