import type { ConfigEdit } from '../../shared/config/edit.js';
import type { Config } from '../../shared/config/schema.js';
import type { ModelAnswer, ProviderAnswer } from './answers.js';

/** What one answer changes in a config; nothing when the config has it already. */
export interface Change {
  readonly edits: readonly ConfigEdit[];
  /** For people, without the key. */
  readonly words: string;
}

/** Writes a provider beside those that are there; a named one of the same name is extended instead. */
export function addProvider(config: Config, answer: ProviderAnswer): Change {
  return answer.section === 'openai-compatibility' ? addNamed(config, answer) : addKey(config, answer, answer.section);
}

function addKey(
  config: Config,
  { apiKey, baseUrl, models }: ProviderAnswer,
  section: Exclude<ProviderAnswer['section'], 'openai-compatibility'>,
): Change {
  const known = config[section].some((entry) => entry['api-key'] === apiKey && sameUrl(entry['base-url'], baseUrl));
  if (known) return { edits: [], words: `${section}: this key is there already` };
  const value = {
    'api-key': apiKey ?? '',
    ...(baseUrl === undefined ? {} : { 'base-url': baseUrl }),
    ...(models.length === 0 ? {} : { models: models.map(modelValue) }),
  };
  const where = baseUrl === undefined ? '' : ` for ${baseUrl}`;
  return { edits: [{ type: 'append', path: [section], value }], words: `${section}: one key added${where}` };
}

function addNamed(config: Config, { apiKey, baseUrl, name, models }: ProviderAnswer): Change {
  const section = 'openai-compatibility';
  const index = config[section].findIndex((entry) => entry.name === name);
  const entry = config[section][index];
  if (entry === undefined) {
    const value = {
      name,
      'base-url': baseUrl,
      ...(apiKey === undefined ? {} : { 'api-key-entries': [{ 'api-key': apiKey }] }),
      models: models.map(modelValue),
    };
    return { edits: [{ type: 'append', path: [section], value }], words: `${section}: ${name} added` };
  }
  const isKeyNew = apiKey !== undefined && !entry['api-key-entries'].some((key) => key['api-key'] === apiKey);
  const newModels = models.filter(
    (model) =>
      !entry.models.some((one) => one.name === model.name && (one.alias ?? one.name) === (model.alias ?? model.name)),
  );
  const isMoved = baseUrl !== undefined && !sameUrl(entry['base-url'], baseUrl);
  const path = [section, index] as const;
  const edits: ConfigEdit[] = [
    ...(isMoved ? [{ type: 'set' as const, path: [...path, 'base-url'], value: baseUrl }] : []),
    ...(isKeyNew
      ? [{ type: 'append' as const, path: [...path, 'api-key-entries'], value: { 'api-key': apiKey } }]
      : []),
    ...newModels.map((model) => ({ type: 'append' as const, path: [...path, 'models'], value: modelValue(model) })),
  ];
  return { edits, words: edits.length === 0 ? `${section}: ${name} is there already` : `${section}: ${name} extended` };
}

const modelValue = ({ name, alias }: ModelAnswer): Record<string, string> =>
  alias === undefined ? { name } : { name, alias };

const sameUrl = (one: string | undefined, other: string | undefined): boolean => bare(one) === bare(other);
const bare = (url: string | undefined): string => (url ?? '').replace(/\/+$/, '');
