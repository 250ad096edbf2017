import { createHash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { openCollector } from '../ir/collect.js';
import type { EventSink } from '../ir/event.js';
import type { Message, ModelRequest, Part } from '../ir/request.js';
import { putTurnState, readTurnState, sizeOfState, type TurnState } from './replay-turn.js';

/** Whose state it is, and whose conversation it belongs to: state never crosses any of these. */
export interface ReplayScope {
  /** The client key. */
  readonly keyId: string;
  /** The upstream's dialect, which is the origin of its state. */
  readonly issuer: string;
  /** The upstream's name of the model. */
  readonly model: string;
  readonly credentialId: string;
}

export interface Replayed {
  readonly request: ModelRequest;
  /** What was put back, to be forgotten should the upstream refuse it. */
  readonly used: readonly string[];
}

/**
 * Remembers the vendor state of answers (signatures, encrypted reasoning) whose way through the client is not sure: its
 * dialect has no place for it, or it does not send it back. Kept in memory only.
 */
export interface Replay {
  /** Watches one translated answer to that request; takes its events in order. */
  record(request: ModelRequest, scope: ReplayScope): EventSink;
  /** Puts remembered state back where the client left it out. */
  restore(request: ModelRequest, scope: ReplayScope): Replayed;
  forget(keys: readonly string[]): void;
}

export interface ReplayLimits {
  readonly turns: number;
  /** Characters of state, over all turns. */
  readonly chars: number;
  readonly ttlMs: number;
}

const LIMITS: ReplayLimits = { turns: 4096, chars: 32 * 1024 * 1024, ttlMs: 60 * 60 * 1000 };

/** Encrypted reasoning is bound to the account that got it; a chat server's state to whichever server it was. */
const ACCOUNT_BOUND: ReadonlySet<string> = new Set(['openai-responses', 'openai-chat']);

export function openReplay(now: () => number, limits: ReplayLimits = LIMITS): Replay {
  const turns = new LRUCache<string, TurnState>({
    max: limits.turns,
    maxSize: limits.chars,
    maxEntrySize: Math.max(1, Math.floor(limits.chars / 32)),
    sizeCalculation: sizeOfState,
    ttl: limits.ttlMs,
    updateAgeOnGet: true,
    // Its own clock takes 0 for "not read yet".
    perf: { now: () => now() + 1 },
    ttlResolution: 0,
  });
  return {
    record(request, scope) {
      const collector = openCollector();
      return (event) => {
        // The input of calls is no part of the key, and may be long.
        if (event.type === 'tool-call-delta') return;
        collector.write(event);
        if (event.type !== 'response-end') return;
        const { content } = collector.result();
        const state = readTurnState(content, scope.issuer);
        const key = state && keyOf(content, request.messages.findLast(isAsking), scope);
        if (key !== undefined) turns.set(key, state);
      };
    },
    restore(request, scope) {
      if (turns.size === 0) return { request, used: [] };
      const used: string[] = [];
      let asking: Message | undefined;
      const messages = request.messages.map((message) => {
        if (isAsking(message)) asking = message;
        if (message.role !== 'assistant') return message;
        const key = keyOf(message.content, asking, scope);
        const state = key === undefined ? undefined : turns.get(key);
        if (key === undefined || state === undefined) return message;
        used.push(key);
        return putTurnState(message, state, scope.issuer);
      });
      return used.length === 0 ? { request, used } : { request: { ...request, messages }, used };
    },
    forget(keys) {
      for (const key of keys) turns.delete(key);
    },
  };
}

const isAsking = ({ role }: Message): boolean => role === 'user' || role === 'tool';

/** Shorter ids are counters (`call_0`), the same in every conversation. */
const SHORTEST_ID = 10;

/**
 * Which turn it is, by what every dialect returns unchanged: the ids of its calls; of a turn without calls its words and
 * those before them. `undefined` for a turn without either.
 */
function keyOf(content: readonly Part[], before: Message | undefined, scope: ReplayScope): string | undefined {
  // Anthropic takes fewer characters in ids than others give.
  const ids = content.flatMap((part) => (part.type === 'tool-call' ? [part.id.replace(/[^\w-]/g, '_')] : []));
  const words = content.flatMap((part) => (part.type === 'text' ? [part.text] : [])).join('');
  if (ids.length === 0 && words.trim() === '') return undefined;
  const hash = createHash('sha256');
  const { keyId, issuer, model, credentialId } = scope;
  hash.update(JSON.stringify([keyId, issuer, model, ACCOUNT_BOUND.has(issuer) ? credentialId : '', ids]));
  if (ids.length === 0) hash.update(`words ${sample(words)}`);
  if (!ids.every((id) => id.length >= SHORTEST_ID) || ids.length === 0) hash.update(`after ${sample(wordsOf(before))}`);
  return hash.digest('base64url');
}

const wordsOf = (message: Message | undefined): string =>
  (message?.content ?? [])
    .flatMap((part) => (part.type === 'tool-result' ? part.content : [part]))
    .map((part) => (part.type === 'text' ? part.text : ''))
    .join('');

/** Enough of a text to tell it from others: hashing whole conversations would be felt by other streams. */
const SAMPLE_CHARS = 512;

function sample(text: string): string {
  const trimmed = text.trim();
  return `${trimmed.length} ${trimmed.slice(0, SAMPLE_CHARS)} ${trimmed.slice(-SAMPLE_CHARS)}`;
}
