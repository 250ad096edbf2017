import { z } from 'zod';
import { duration, flag, integer, mapping, number, optionalFlag, section, text } from './fields.js';

const STRATEGIES = {
  'round-robin': 'round-robin',
  roundrobin: 'round-robin',
  rr: 'round-robin',
  'weighted-round-robin': 'weighted-round-robin',
  weightedroundrobin: 'weighted-round-robin',
  wrr: 'weighted-round-robin',
  'fill-first': 'fill-first',
  fillfirst: 'fill-first',
  ff: 'fill-first',
} as const;

export type RoutingStrategy = (typeof STRATEGIES)[keyof typeof STRATEGIES];

/** The long form of a strategy's name, or undefined for a word that is none. */
export function readStrategy(value: string): RoutingStrategy | undefined {
  return new Map<string, RoutingStrategy>(Object.entries(STRATEGIES)).get(value.trim().toLowerCase());
}

const strategy = z
  .string({ error: 'round-robin, weighted-round-robin or fill-first' })
  .transform((value): RoutingStrategy => readStrategy(value) ?? 'round-robin')
  .default('round-robin')
  .meta({
    description: 'how one of several equal credentials is picked: round-robin, weighted-round-robin or fill-first',
    fallback: 'round-robin',
    examples: ['round-robin', 'weighted-round-robin', 'fill-first'],
  });

/** Retries, cooldowns, quotas, choice of credential. */
export const routingShape = {
  'request-retry': integer('further rounds over all credentials after the first', 0, {
    correct: (value) => Math.max(0, value),
  }),
  'max-retry-credentials': integer('credentials tried per round; 0 = all', 0, {
    correct: (value) => Math.max(0, value),
  }),
  'max-retry-interval': integer('longest wait for a cooling credential between rounds, in seconds; 0 = never wait', 0, {
    correct: (value) => Math.max(0, value),
  }),
  'disable-cooling': flag('never rest a failing credential'),
  'save-cooldown-status': flag('keep cooldowns in .cds files beside the credentials'),
  'transient-error-cooldown-seconds': integer('rest after a passing failure, in seconds; 0 = 60, -1 = none', 0),
  'auth-auto-refresh-workers': integer('tokens refreshed at the same time; 0 = 16', 0, {
    correct: (value) => Math.max(0, value),
  }),
  'force-model-prefix': flag('credentials with a prefix serve prefix/model only'),
  routing: section('choice among credentials', {
    strategy,
    'session-affinity': flag('keep a conversation on one credential while that is healthy', true),
    'session-affinity-ttl': duration('life of that binding, renewed on use, such as 30m or 1h', '1h'),
    'claude-code-session-affinity': optionalFlag('older name of session-affinity, for Claude Code only'),
  }).prefault({}),
  'quota-exceeded': section('what to do when a quota is used up', {
    'switch-project': flag('accepted and shown; nothing acts on it'),
    'switch-preview-model': flag('accepted and shown; nothing acts on it'),
    'antigravity-credits': flag(
      'no effect: an Antigravity login spends purchased credits if its own file says paid_credits',
    ),
    'fallback-models': mapping('model to use when another has no credential left', text('replacement model')),
    'claude-quota-threshold': mapping(
      'per model pattern: stop using a Claude account above this 5-hour utilisation, in percent',
      number('percent', 100, { min: 0, max: 100 }),
    ),
  }).prefault({}),
  'oauth-provider-priority': mapping(
    'priority of the credential files of a provider; a file may set its own',
    integer('priority', 0),
  ),
};
