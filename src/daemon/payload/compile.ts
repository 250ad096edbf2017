import type { Config } from '../../shared/config/schema.js';
import type { WireBody } from '../dialects/dialect.js';
import { type ConditionEntry, compileConditions } from './conditions.js';
import type { Original, PayloadFacts } from './facts.js';
import { removeImageTool } from './image-tool.js';
import { parsePath } from './path.js';
import { compileRules } from './rules.js';
import { putSystemPrompt } from './system-prompt.js';

/** What the user's rules do to the bodies that go upstream. */
export interface PayloadRules {
  /** Edits the body in place. `original` is the client's own where it is passed on, else what translation made of it. */
  apply(body: WireBody, original: Original, facts: PayloadFacts): void;
}

/**
 * Compiles the payload section and what goes with it; `undefined` where there is nothing to do, and requests pay nothing.
 * `prompts` holds the texts of prompt files by their name in the config; a prompt without a text is left out.
 */
export function compilePayload(config: Config, prompts: Readonly<Record<string, string>>): PayloadRules | undefined {
  const { 'disable-image-generation': images, payload } = config;
  const removesImageTool = images === true || images === 'chat';
  const systemPrompts = payload['system-prompts'].flatMap(({ 'prompt-file': file, mode, models, protocol }) => {
    const text = prompts[file]?.trim() ?? '';
    return text === '' ? [] : [{ mode, text, applies: compileConditions(withProtocol(models, protocol)) }];
  });
  const rules = compileRules(payload);
  if (!removesImageTool && systemPrompts.length === 0 && rules === undefined) return undefined;
  return {
    apply(body, original, facts) {
      for (const { mode, text, applies } of systemPrompts) {
        if (applies(facts, body)) putSystemPrompt(body, facts.upstream, mode, text);
      }
      if (removesImageTool) removeImageTool(body);
      rules?.apply(body, original, facts);
    },
  };
}

/** Paths that cannot be read; what stands at them is left alone. */
export function unreadablePaths({ payload }: Config): readonly string[] {
  const sets = [...payload.default, ...payload['default-raw'], ...payload.override, ...payload['override-raw']];
  const rules = [...sets, ...payload.filter, ...payload['system-prompts']];
  const paths = [
    ...sets.flatMap(({ params }) => Object.keys(params)),
    ...payload.filter.flatMap(({ params }) => params),
    ...rules.flatMap(({ models }) => models.flatMap(pathsOfCondition)),
  ];
  return [...new Set(paths.filter((path) => parsePath(path) === undefined))];
}

const pathsOfCondition = (condition: ConditionEntry): readonly string[] => [
  ...[...condition.match, ...condition['not-match']].flatMap((values) => Object.keys(values)),
  ...condition.exist,
  ...condition['not-exist'],
];

/** The prompt's own format holds beside those of its conditions. */
function withProtocol(models: readonly ConditionEntry[], protocol: string | undefined): readonly ConditionEntry[] {
  if (protocol === undefined) return models;
  const own = protocol.toLowerCase();
  return models
    .filter((condition) => condition.protocol === undefined || condition.protocol.toLowerCase() === own)
    .map((condition) => ({ ...condition, protocol }));
}
