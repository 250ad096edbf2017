import type { DialectId } from '../../dialects/dialect.js';
import type { ModelInfo } from '../../ir/model.js';

/** The three ways in, each with the dialect it speaks and how a model's list may spell it. */
const WAYS = {
  messages: { path: '/v1/messages', dialect: 'anthropic-messages', spellings: ['/v1/messages', '/messages'] },
  responses: { path: '/responses', dialect: 'openai-responses', spellings: ['/responses', '/v1/responses'] },
  chat: { path: '/chat/completions', dialect: 'openai-chat', spellings: ['/chat/completions', '/v1/chat/completions'] },
} as const satisfies Record<string, { path: string; dialect: DialectId; spellings: readonly string[] }>;

export type WayName = keyof typeof WAYS;
export type Way = (typeof WAYS)[WayName];

const NAMES = ['messages', 'responses', 'chat'] as const satisfies readonly WayName[];

const wayOf = (name: WayName): Way => WAYS[name];

export interface WayQuery {
  readonly model: ModelInfo;
  readonly client: string;
  /** An enterprise's own host offers chat only, unless a list says more. */
  readonly isEnterprise: boolean;
  /** Paths that have turned out not to serve this model. */
  readonly refused: ReadonlySet<string>;
}

/** Where a model is asked: the client's own dialect where the model's list has it, else what fits the model. */
export function wayFor({ model, client, isEnterprise, refused }: WayQuery): Way | undefined {
  const id = model.id.toLowerCase();
  const listed = listedWays(model.endpoints);
  if (listed.length === 0) {
    const order = [guess(id, isEnterprise), ...NAMES.toReversed()];
    return order.map(wayOf).find(({ path }) => !refused.has(path));
  }
  const open = listed.filter((name) => !refused.has(WAYS[name].path));
  const own = open.find((name) => WAYS[name].dialect === client);
  if (own !== undefined) return wayOf(own);
  if (isClaude(id) && open.includes('messages')) return wayOf('messages');
  if (open.includes('responses') && (isNewGpt(id) || !open.includes('chat'))) return wayOf('responses');
  if (open.includes('chat')) return wayOf('chat');
  return open.map(wayOf)[0];
}

const listedWays = (endpoints: readonly string[] = []): readonly WayName[] =>
  NAMES.filter((name) => WAYS[name].spellings.some((spelling) => endpoints.includes(spelling)));

/** What is known of families, for a model without a list. */
function guess(id: string, isEnterprise: boolean): WayName {
  if (isEnterprise) return 'chat';
  if (isClaude(id)) return 'messages';
  if (id.startsWith('gpt-5-mini')) return 'chat';
  return isNewGpt(id) ? 'responses' : 'chat';
}

export const isClaude = (id: string): boolean => id.startsWith('claude');
export const isGpt = (id: string): boolean => /^(gpt|o\d)/.test(id) || id.includes('codex');

/** GPT-5 and later, and everything called Codex. */
const isNewGpt = (id: string): boolean => Number(/^gpt-(\d+)/.exec(id)?.[1] ?? 0) >= 5 || id.includes('codex');

/** Which of the ways an address is. */
export const pathIn = (url: string): string | undefined =>
  NAMES.map((name) => WAYS[name].path).find((path) => url.endsWith(path));
