import type { z } from 'zod';
import { errorRules } from '../../shared/config/schema/models.js';
import type { JsonObject, JsonValue } from '../ir/json.js';

/** The members of a credential file that act like configuration; what cannot be read counts as absent. */
export interface AccountFile {
  readonly disabled: boolean;
  readonly prefix?: string;
  readonly proxyUrl?: string;
  readonly priority?: number;
  readonly weight: number;
  readonly note?: string;
  readonly excludedModels: readonly string[];
  readonly aliases: readonly AliasEntry[];
  readonly requestRetry?: number;
  /** Requests at a time; 0: no limit. */
  readonly maxConcurrent?: number;
  readonly disableCooling?: boolean;
  readonly rules: z.output<ReturnType<typeof errorRules>>;
}

export interface AliasEntry {
  readonly name: string;
  readonly alias: string;
  readonly fork: boolean;
  readonly displayName?: string;
  readonly forceMapping: boolean;
}

const MAX_WEIGHT = 1_000_000;
const rulesSchema = errorRules();

/** Reads both spellings, `proxy_url` and the older `proxy-url`; where both stand, the underscore wins. */
export function readAccountFile(fields: JsonObject): AccountFile {
  const get = (name: string): JsonValue | undefined => fields[name] ?? fields[name.replaceAll('_', '-')];
  const priority = wholeNumber(get('priority'));
  const weight = wholeNumber(get('weight'));
  const requestRetry = wholeNumber(get('request_retry'));
  const maxConcurrent = wholeNumber(get('max_concurrent'));
  const disableCooling = flag(get('disable_cooling'));
  const prefix = text(get('prefix'))?.replace(/^\/+|\/+$/g, '');
  const proxyUrl = text(get('proxy_url'));
  const note = text(get('note'));
  return {
    disabled: flag(get('disabled')) ?? false,
    weight: weight === undefined || weight > MAX_WEIGHT ? 1 : weight,
    excludedModels: texts(get('excluded_models')),
    aliases: readAliases(get('model_aliases')),
    rules: rulesSchema.safeParse(get('request_scoped_errors')).data ?? [],
    // A prefix is one path segment.
    ...(prefix === undefined || prefix === '' || prefix.includes('/') ? {} : { prefix }),
    ...(proxyUrl === undefined ? {} : { proxyUrl }),
    ...(priority === undefined ? {} : { priority }),
    ...(note === undefined ? {} : { note }),
    ...(requestRetry === undefined || requestRetry < 0 ? {} : { requestRetry }),
    ...(maxConcurrent === undefined || maxConcurrent < 0 ? {} : { maxConcurrent }),
    ...(disableCooling === undefined ? {} : { disableCooling }),
  };
}

function wholeNumber(value: JsonValue | undefined): number | undefined {
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  return typeof number === 'number' && Number.isInteger(number) ? number : undefined;
}

function flag(value: JsonValue | undefined): boolean | undefined {
  if (typeof value === 'boolean') return value;
  const word = typeof value === 'string' ? value.trim().toLowerCase() : undefined;
  return word === 'true' ? true : word === 'false' ? false : undefined;
}

function text(value: JsonValue | undefined): string | undefined {
  return typeof value === 'string' && value.trim() !== '' ? value.trim() : undefined;
}

/** A list of texts, or one text with commas. */
function texts(value: JsonValue | undefined): string[] {
  const items = typeof value === 'string' ? value.split(',') : Array.isArray(value) ? value : [];
  return items.flatMap((item) => text(item) ?? []);
}

function readAliases(value: JsonValue | undefined): AliasEntry[] {
  const items: readonly JsonValue[] = Array.isArray(value) ? value : [];
  return items.flatMap((item) => {
    if (typeof item !== 'object' || item === null || Array.isArray(item)) return [];
    const entry = item as JsonObject;
    const name = text(entry['name']);
    const alias = text(entry['alias']);
    const displayName = text(entry['display_name'] ?? entry['display-name']);
    if (name === undefined || alias === undefined || name.toLowerCase() === alias.toLowerCase()) return [];
    return {
      name,
      alias,
      fork: flag(entry['fork']) ?? false,
      forceMapping: flag(entry['force_mapping'] ?? entry['force-mapping']) ?? false,
      ...(displayName === undefined ? {} : { displayName }),
    };
  });
}
