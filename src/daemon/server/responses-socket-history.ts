import { RequestFault } from '../ir/error.js';

/** Items of a conversation as JSON text, without the brackets around them. */
export interface Fragment {
  readonly text: string;
  readonly bytes: number;
}

export interface ResponsesHistory {
  /** @throws RequestFault that makes clients send the whole conversation again. */
  find(responseId: string): readonly Fragment[];
  /** Remembers the whole conversation that ends with this response. */
  add(responseId: string, conversation: readonly Fragment[]): void;
}

export interface HistoryLimits {
  readonly responses: number;
  readonly bytes: number;
}

const LIMITS: HistoryLimits = { responses: 8, bytes: 32 * 1024 * 1024 };

/**
 * What one socket remembers: enough that a client may continue its last responses, whatever the upstream stores. Turns of
 * one conversation share their fragments, so a long one is held once.
 */
export function openResponsesHistory(limits: HistoryLimits = LIMITS): ResponsesHistory {
  const conversations = new Map<string, readonly Fragment[]>();
  const heldBytes = (): number => {
    let bytes = 0;
    for (const fragment of new Set([...conversations.values()].flat())) bytes += fragment.bytes;
    return bytes;
  };
  return {
    find(responseId) {
      const conversation = conversations.get(responseId);
      if (conversation === undefined) throw unknownResponse(responseId);
      return conversation;
    },
    add(responseId, conversation) {
      conversations.delete(responseId);
      conversations.set(responseId, conversation);
      while (conversations.size > limits.responses || heldBytes() > limits.bytes) {
        const [oldest] = conversations.keys();
        if (oldest === undefined) return;
        conversations.delete(oldest);
      }
    },
  };
}

export function fragmentOf(items: readonly unknown[]): Fragment {
  const text = JSON.stringify(items).slice(1, -1);
  return { text, bytes: Buffer.byteLength(text) };
}

const unknownResponse = (id: string): RequestFault =>
  new RequestFault(`Previous response with id '${id.slice(0, 100)}' not found.`, 'previous_response_id', {
    code: 'previous_response_not_found',
  });
