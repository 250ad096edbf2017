import { AppError } from '../../errors.js';
import { formatPath, type Path } from '../path.js';
import { isRecord } from '../plain.js';

const FORBIDDEN: ReadonlySet<string | number> = new Set(['__proto__', 'prototype', 'constructor']);

/** A value as YAML and JSON know it: without members that are undefined. Throws `AppError` for what neither can hold. */
export function plainCopy(value: unknown): unknown {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value;
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  if (Array.isArray(value)) return value.map((item) => (item === undefined ? null : plainCopy(item)));
  if (!isRecord(value)) throw new AppError('config_edit_invalid', `a ${typeof value} cannot be written to the config`);
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, member]) => {
      assertKey(key);
      return member === undefined ? [] : [[key, plainCopy(member)]];
    }),
  );
}

/** The value with one place changed; containers on the way are made when they are missing, and nothing is changed in place. */
export function withValue(root: unknown, path: Path, change: (before: unknown) => unknown, done: Path = []): unknown {
  const [segment, ...rest] = path;
  if (segment === undefined) return change(root);
  assertKey(segment);
  const here = [...done, segment];
  if (typeof segment === 'number') {
    const items: unknown[] =
      root === undefined || root === null ? [] : Array.isArray(root) ? root : conflict(done, 'a list');
    if (!Number.isInteger(segment) || segment < 0 || segment > items.length)
      return conflict(here, 'a position in the list');
    return items.toSpliced(segment, 1, withValue(items[segment], rest, change, here));
  }
  const members: unknown = root ?? {};
  if (!isRecord(members)) return conflict(done, 'a mapping');
  const member = Object.hasOwn(members, segment) ? members[segment] : undefined;
  return { ...members, [segment]: withValue(member, rest, change, here) };
}

/** The value without what stands at the path; the same value when nothing does. */
export function withoutValue(root: unknown, path: Path): unknown {
  const [segment, ...rest] = path;
  if (segment === undefined) return {};
  if (typeof segment === 'number') {
    if (!Array.isArray(root) || segment >= root.length) return root;
    return rest.length === 0
      ? root.toSpliced(segment, 1)
      : root.toSpliced(segment, 1, withoutValue(root[segment], rest));
  }
  if (!isRecord(root) || !Object.hasOwn(root, segment)) return root;
  if (rest.length > 0) return { ...root, [segment]: withoutValue(root[segment], rest) };
  return Object.fromEntries(Object.entries(root).filter(([key]) => key !== segment));
}

function assertKey(segment: string | number): void {
  if (FORBIDDEN.has(segment))
    throw new AppError('config_edit_invalid', `no key of the config may be called ${segment}`);
}

function conflict(path: Path, expected: string): never {
  const where = path.length === 0 ? 'the config' : formatPath(path);
  throw new AppError('config_edit_conflict', `cannot edit ${where}: it is not ${expected}`);
}
