import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { management, managementPath } from '../src/shared/contract/management/management.js';
import type { ManagementRoute } from '../src/shared/contract/management/route.js';

const page = readFileSync('docs/management-api.md', 'utf8');

test('the page of the management API lists each route with what it does, and no other', () => {
  const listed = [...page.matchAll(/^\| `([A-Z]+) (\/\S+)` \| (.+) \|$/gm)].map(
    ([, method, path, does]) => `${method} ${path} ${does}`,
  );
  const built = Object.values<ManagementRoute>(management).map(
    (route) => `${route.method.toUpperCase()} ${managementPath(route)} ${route.does}`,
  );
  expect(listed.toSorted()).toEqual(built.toSorted());
});
