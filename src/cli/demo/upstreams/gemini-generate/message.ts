import { asRecord, type JsonRecord } from '../json.js';
import { refusePayload, unknownName } from './errors.js';

/** Proto names as JSON writes them; the service takes both spellings. */
export const camel = (name: string): string =>
  name.replace(/_([a-z0-9])/g, (_all, letter: string) => letter.toUpperCase());

/** Reads an object of a message type: its fields in camel case, an unknown one refused. */
export function readMessage(value: unknown, fields: readonly string[], path: string): JsonRecord {
  const record = asRecord(value);
  if (record === undefined) return refuseType(value, path);
  return Object.fromEntries(
    Object.entries(record).map(([name, member]) => {
      const known = camel(name);
      return fields.includes(known) ? [known, member] : unknownName(name, path);
    }),
  );
}

export function readList(value: unknown, path: string): readonly unknown[] {
  if (value === undefined || value === null) return [];
  return Array.isArray(value) ? value : refuseType(value, path);
}

/** A member that must be an object, of any content. */
export const readStruct = (value: unknown, path: string): JsonRecord =>
  asRecord(value) ?? refuseType(value, path, 'google.protobuf.Struct');

export const refuseType = (value: unknown, path: string, type = 'google.protobuf.Message'): never =>
  refusePayload(
    `Invalid value at '${path}' (type.googleapis.com/${type}), ${JSON.stringify(value)?.slice(0, 80)}`,
    path,
  );
