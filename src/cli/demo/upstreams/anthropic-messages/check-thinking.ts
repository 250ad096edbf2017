import { asList, asRecord, asText, type JsonRecord, recordsIn } from '../json.js';
import { extra, refuse, required } from './errors.js';
import type { ModelRules } from './models.js';

const MIN_BUDGET = 1024;
const DOCS = 'Please consult our documentation at https://docs.claude.com/en/docs/build-with-claude/extended-thinking';
const FIELDS: Readonly<Record<string, readonly string[]>> = {
  enabled: ['type', 'budget_tokens', 'display'],
  adaptive: ['type', 'display'],
  disabled: ['type'],
};

/** Thinking settings, and what they forbid beside themselves. */
export function checkThinking(body: JsonRecord, rules: ModelRules): void {
  if (!rules.takesSampling) {
    for (const name of ['temperature', 'top_p', 'top_k']) {
      if (body[name] !== undefined && body[name] !== null) refuse(`\`${name}\` is deprecated for this model.`);
    }
  }
  const thinking = asRecord(body['thinking']);
  if (thinking === undefined) return;
  const type = String(thinking['type']);
  const fields = FIELDS[type];
  if (fields === undefined) {
    return refuse(
      `thinking: Input tag '${type}' found using 'type' does not match any of the expected tags: 'adaptive', 'disabled', 'enabled'`,
    );
  }
  for (const name of Object.keys(thinking)) if (!fields.includes(name)) extra(`thinking.${type}.${name}`);
  if (type === 'disabled') return;
  if (type === 'enabled') checkBudget(thinking['budget_tokens'], body['max_tokens'], rules);
  else if (!rules.takesAdaptive) refuse('adaptive thinking is not supported on this model');
  checkBeside(body);
  checkLastTurn(body);
}

function checkBudget(budget: unknown, maxTokens: unknown, rules: ModelRules): void {
  if (!rules.takesBudget) {
    refuse(
      '"thinking.type.enabled" is not supported for this model. Use "thinking.type.adaptive" and "output_config.effort" to control thinking behavior.',
    );
  }
  if (budget === undefined) required('thinking.enabled.budget_tokens');
  if (typeof budget !== 'number') return refuse('thinking.enabled.budget_tokens: Input should be a valid integer');
  if (budget < MIN_BUDGET) {
    refuse(`thinking.enabled.budget_tokens: Input should be greater than or equal to ${MIN_BUDGET}`);
  }
  if (typeof maxTokens === 'number' && maxTokens <= budget) {
    refuse(
      `\`max_tokens\` must be greater than \`thinking.budget_tokens\`. ${DOCS}#max-tokens-and-context-window-size`,
    );
  }
}

function checkBeside(body: JsonRecord): void {
  const { temperature, top_p: topP, top_k: topK } = body;
  if (typeof temperature === 'number' && temperature !== 1) {
    refuse(
      `\`temperature\` may only be set to 1 when thinking is enabled. ${DOCS}#important-considerations-when-using-extended-thinking`,
    );
  }
  if (typeof topP === 'number' && topP < 0.95) {
    refuse(`\`top_p\` must be greater than or equal to 0.95 or unset when thinking is enabled. ${DOCS}`);
  }
  if (typeof topK === 'number') refuse(`\`top_k\` must be unset when thinking is enabled. ${DOCS}`);
  const choice = asText(asRecord(body['tool_choice'])?.['type']);
  if (choice === 'any' || choice === 'tool') refuse('Thinking may not be enabled when tool_choice forces tool use.');
}

/** The turn that called the tools whose results come now must begin with its thinking. */
function checkLastTurn(body: JsonRecord): void {
  if (asRecord(body['thinking'])?.['type'] !== 'enabled') return;
  const messages = recordsIn(body['messages']);
  const index = messages.findLastIndex(({ role }) => role === 'assistant');
  const [first, ...rest] = recordsIn(messages[index]?.['content']);
  const hasCall = [first, ...rest].some((block) => block?.['type'] === 'tool_use');
  const hasResult = asList(messages[index + 1]?.['content']).some(
    (block) => asRecord(block)?.['type'] === 'tool_result',
  );
  const type = String(first?.['type']);
  if (!hasCall || !hasResult || type === 'thinking' || type === 'redacted_thinking') return;
  refuse(
    `messages.${index}.content.0.type: Expected \`thinking\` or \`redacted_thinking\`, but found \`${type}\`. When \`thinking\` is enabled, a final \`assistant\` message must start with a thinking block (preceeding the lastmost set of \`tool_use\` and \`tool_result\` blocks). We recommend you include thinking blocks from previous turns. To avoid this requirement, disable \`thinking\`. ${DOCS}`,
  );
}
