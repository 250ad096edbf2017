import type { JsonRecord } from '../json.js';
import { badType, refuse } from './errors.js';

/** Bounds of OpenAI's number parameters; absent and null are fine. */
export function range(body: JsonRecord, name: string, low: number, high: number): void {
  const value = body[name];
  if (value === undefined || value === null) return;
  if (typeof value !== 'number') return badType(name, 'a number', value);
  const kind = Number.isInteger(value) ? 'integer' : 'decimal';
  if (value < low) {
    refuse(
      `Invalid '${name}': ${kind} below minimum value. Expected a value >= ${low}, but got ${value} instead.`,
      name,
      `${kind}_below_min_value`,
    );
  }
  if (value > high) {
    refuse(
      `Invalid '${name}': ${kind} above maximum value. Expected a value <= ${high}, but got ${value} instead.`,
      name,
      `${kind}_above_max_value`,
    );
  }
}
