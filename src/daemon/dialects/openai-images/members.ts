import { RequestFault } from '../../ir/error.js';
import type { JsonObject } from '../../ir/json.js';

export const ID = 'openai-images';

/** Reads the members of a body; `null` is as good as absent. @throws RequestFault, from each reader, naming the member. */
export interface Members {
  text(key: string): string | undefined;
  requiredText(key: string): string;
  /** A whole number within these bounds. */
  whole(key: string, min: number, max: number): number | undefined;
  flag(key: string): boolean | undefined;
}

export function openMembers(body: JsonObject): Members {
  const read = <T>(key: string, kind: string, is: (value: unknown) => value is T): T | undefined => {
    const value = body[key];
    if (value === undefined || value === null) return undefined;
    if (!is(value)) throw new RequestFault(`${key} must be ${kind}`, key, { code: 'invalid_type' });
    return value;
  };
  const text = (key: string): string | undefined => {
    const value = read(key, 'a string', (given) => typeof given === 'string');
    return value === '' ? undefined : value;
  };
  return {
    text,
    requiredText(key) {
      const value = text(key);
      if (value !== undefined && value.trim() !== '') return value;
      throw new RequestFault(`${key} is required`, key, { code: 'missing_required_parameter' });
    },
    whole(key, min, max) {
      const isWhole = (given: unknown): given is number => typeof given === 'number' && Number.isInteger(given);
      const value = read(key, `a whole number from ${min} to ${max}`, isWhole);
      if (value === undefined || (value >= min && value <= max)) return value;
      throw new RequestFault(`${key} must be a whole number from ${min} to ${max}, not ${value}`, key, {
        code: 'invalid_value',
      });
    },
    flag: (key) => read(key, 'true or false', (given) => typeof given === 'boolean'),
  };
}
