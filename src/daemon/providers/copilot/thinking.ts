import type { WireBody } from '../../dialects/dialect.js';
import { isObject } from '../../ir/json.js';
import type { ModelInfo } from '../../ir/model.js';

/** How a Claude model wants thinking spelled: some refuse what others need. */
export type ThinkingForm = 'enabled' | 'adaptive';

/** What opencode sends for every Claude model on the chat endpoint. */
const CHAT_BUDGET = 4000;
const DEFAULT_BUDGET = 8192;

/** Respells the thinking of a Messages body. @returns whether there was something to respell. */
export function respellThinking(body: WireBody, form: ThinkingForm): boolean {
  const thinking = body.get('thinking');
  if (!isObject(thinking)) return false;
  const { type, budget_tokens: budget, ...rest } = thinking;
  if (form === 'adaptive') {
    if (type !== 'enabled') return false;
    body.set('thinking', { ...rest, type: 'adaptive' });
    const config = body.get('output_config');
    const effort =
      typeof budget === 'number' && budget <= 1024
        ? 'low'
        : typeof budget === 'number' && budget > 8192
          ? 'high'
          : 'medium';
    body.set('output_config', { ...(isObject(config) ? config : {}), effort });
    return true;
  }
  if (type !== 'adaptive') return false;
  const maxTokens = body.get('max_tokens');
  const room = typeof maxTokens === 'number' ? maxTokens - 1 : DEFAULT_BUDGET;
  const tokens = Math.min(DEFAULT_BUDGET, room);
  body.set('thinking', tokens < 1024 ? undefined : { ...rest, type: 'enabled', budget_tokens: tokens });
  const config = body.get('output_config');
  if (isObject(config)) {
    const { effort: _effort, ...others } = config;
    body.set('output_config', Object.keys(others).length === 0 ? undefined : others);
  }
  return true;
}

/** Claude on the chat endpoint knows a budget on top, and no effort. */
export function chatBudget(body: WireBody, { thinking }: ModelInfo): void {
  const effort = body.get('reasoning_effort');
  if (effort === undefined) return;
  body.set('reasoning_effort', undefined);
  if (thinking === undefined || effort === 'none') return;
  body.set('thinking_budget', Math.min(Math.max(CHAT_BUDGET, thinking.min ?? 0), thinking.max ?? CHAT_BUDGET));
}
