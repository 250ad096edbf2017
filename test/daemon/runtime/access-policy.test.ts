import { hash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { compileAccess } from '../../../src/daemon/runtime/access-policy.js';
import { secretId } from '../../../src/shared/client-keys.js';
import { bigFixture, configOf } from '../../support/runtime.js';

const access = (yaml: string) => compileAccess(configOf(yaml));

test('keys are kept as digests, under the id that logs show', () => {
  const { keys } = access('api-keys: [key-one-1, key-two-2]');
  expect([...keys]).toEqual([
    [hash('sha256', 'key-one-1', 'hex'), secretId('key-one-1')],
    [hash('sha256', 'key-two-2', 'hex'), secretId('key-two-2')],
  ]);
});

test.each([
  { yaml: '', isOpen: true },
  { yaml: 'host: localhost', isOpen: true },
  { yaml: 'host: "::1"', isOpen: true },
  { yaml: 'host: 127.0.0.5', isOpen: true },
  { yaml: 'host: ""', isOpen: false },
  { yaml: 'host: 0.0.0.0', isOpen: false },
  { yaml: 'host: 192.168.1.2', isOpen: false },
  { yaml: 'api-keys: [some-key-1]', isOpen: false },
])('"$yaml" asks nobody for a key: $isOpen', ({ yaml, isOpen }) => {
  expect(access(yaml).isOpen).toBe(isOpen);
});

test.each(['your-api-key-1', 'your-api-key-2', 'your-api-key-3'])('the sample key %s is noticed', (key) => {
  expect(access(`api-keys: [some-key-1, ${key}]`).hasSampleKey).toBe(true);
  expect(access('api-keys: [some-key-1]').hasSampleKey).toBe(false);
});

describe('names and origins', () => {
  test('on loopback are those of loopback, and the configured ones in lower case', () => {
    const { hostNames, allowsAddresses, allowedOrigins, listedOrigins } = access(
      'port: 9000\nallowed-hosts: [Gateway.LAN]\nallowed-origins: ["https://App.example/"]',
    );
    expect([...hostNames]).toEqual(['localhost', '127.0.0.1', '[::1]', 'gateway.lan']);
    expect(allowsAddresses).toBe(false);
    expect([...allowedOrigins]).toEqual([
      'http://localhost:9000',
      'http://127.0.0.1:9000',
      'http://[::1]:9000',
      'https://app.example',
    ]);
    expect([...listedOrigins]).toEqual(['https://app.example']);
  });

  test('with TLS are https', () => {
    expect(access('tls: { enable: true, cert: c.pem, key: k.pem }').allowedOrigins).toContain('https://localhost:8317');
  });

  test('on the network hold any literal address', () => {
    expect(access(bigFixture()).allowsAddresses).toBe(true);
  });
});
