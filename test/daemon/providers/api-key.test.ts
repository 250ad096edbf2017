import { describe, expect, test } from 'vitest';
import { openHeaders } from '../../../src/daemon/providers/api-key.js';
import { USER_AGENT } from '../../../src/shared/version.js';

const OURS = { 'content-type': 'application/json', 'accept-encoding': 'identity', 'user-agent': USER_AGENT };
const client = { 'x-request-id': ' r-1 ', 'x-list': ['a', 'b'], 'x-blank': '  ', 'x-split': 'a\r\nb: c' };

describe('headers of an upstream request', () => {
  test('name us, and what we want back', () => {
    const { build } = openHeaders({});
    expect(build({ authorization: 'Bearer k' }, client, false)).toEqual({
      ...OURS,
      authorization: 'Bearer k',
      accept: 'application/json',
    });
    expect(build({}, client, true)['accept']).toBe('text/event-stream');
  });

  test('of the config win over ours, whatever their case', () => {
    const { build } = openHeaders({
      'User-Agent': 'mine',
      Authorization: 'Basic x',
      Accept: 'application/x',
      'X-Empty': '',
    });
    const built = build({ authorization: 'Bearer k' }, client, false);
    expect(built).toEqual({ ...OURS, 'user-agent': 'mine', authorization: 'Basic x', accept: 'application/x' });
    expect(build({}, client, true)['accept']).toBe('text/event-stream');
  });

  test.each([
    ['$X-Request-Id', 'r-1'],
    ['$x-request-id', 'r-1'],
    ['$X-List', 'a'],
    ['$X-Absent', undefined],
    ['$X-Blank', undefined],
    ['$X-Split', undefined],
    ['$', undefined],
    ['literal $X-Request-Id', 'literal $X-Request-Id'],
  ])('a configured "%s" sends %s', (value, sent) => {
    expect(openHeaders({ 'X-Copy': value }).build({}, client, false)['x-copy']).toBe(sent);
  });

  test.each(['Authorization', 'x-api-key', 'x-goog-api-key', 'Cookie', 'Proxy-Authorization', 'X-Management-Key'])(
    'never copy the client’s %s',
    (name) => {
      const { build } = openHeaders({ 'X-Copy': `$${name}` });
      expect(build({}, { [name.toLowerCase()]: 'sk-client' }, false)).not.toHaveProperty('x-copy');
    },
  );
});
