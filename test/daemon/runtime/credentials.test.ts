import { describe, expect, test } from 'vitest';
import { openCatalog } from '../../../src/daemon/models/catalog.js';
import type { Credential } from '../../../src/daemon/pool/credential.js';
import { compileCredentials } from '../../../src/daemon/runtime/credentials.js';
import { modelNamed, relayed } from '../../support/provider.js';
import { bigFixture, configOf } from '../../support/runtime.js';

const catalog = openCatalog();
const compile = (yaml: string): readonly Credential[] => compileCredentials(configOf(yaml), catalog);

function only(yaml: string): Credential {
  const [credential, ...others] = compile(yaml);
  if (credential === undefined || others.length > 0) throw new Error('expected exactly one credential');
  return credential;
}

const claudeWith = (more: string): string => `claude-api-key: [{ api-key: sk-ant-1, ${more} }]`;
const compatibleWith = (more: string): string =>
  `openai-compatibility: [{ name: acme, base-url: "https://acme.test/v1", ${more} }]`;

describe('identity', () => {
  test('is the same after a restart, and another for another key, address, prefix or proxy', () => {
    const variants = [
      'api-key: a',
      'api-key: b',
      'api-key: a, base-url: "https://x.test"',
      'api-key: a, prefix: p',
      'api-key: a, proxy-url: "http://p.test:1"',
    ];
    const ids = () => variants.map((variant) => only(`claude-api-key: [{ ${variant} }]`).id);
    expect(ids()).toEqual(ids());
    expect(new Set(ids()).size).toBe(variants.length);
  });

  test('does not tell the key', () => {
    const { id, label } = only(claudeWith('priority: 1'));
    expect(label).toMatch(/^claude \(key [0-9a-f]{8}\)$/);
    expect(`${id} ${label}`).not.toContain('sk-ant-1');
  });

  test('of a compatible upstream is its name, one credential a key, and one without a key when there is none', () => {
    const keys = 'models: [{ name: m }], api-key-entries: [{ api-key: one, weight: 3 }, { api-key: two }]';
    expect(compile(compatibleWith(keys)).map(({ providerName, weight }) => [providerName, weight])).toEqual([
      ['acme', 3],
      ['acme', 1],
    ]);
    expect(only(compatibleWith('models: [{ name: m }]')).label).toBe('acme (no key)');
  });
});

describe('models', () => {
  test('are the vendor’s own list when none are named', () => {
    expect(only(claudeWith('')).models.map(({ alias }) => alias)).toEqual(catalog.list('claude').map(({ id }) => id));
  });

  test('that are named replace the list, with what the catalogue knows of them', () => {
    const [model, ...others] = only(claudeWith('models: [{ name: claude-sonnet-4-5, alias: sonnet }]')).models;
    expect(others).toEqual([]);
    expect(model).toMatchObject({
      alias: 'sonnet',
      forceMapping: false,
      model: { id: 'claude-sonnet-4-5', userDefined: false, maxOutputTokens: 64_000 },
    });
  });

  test('may carry a thinking suffix', () => {
    const [model] = only(compatibleWith('models: [{ name: "glm-5(high)" }]')).models;
    expect(model).toMatchObject({ alias: 'glm-5', model: { id: 'glm-5' }, configuredSuffix: 'high' });
  });

  test('of a compatible upstream are user-defined, but for thinking that is described', () => {
    const models = 'models: [{ name: a }, { name: b, max-context-length: 9, thinking: { levels: [low, high] } }]';
    const [plain, described] = only(compatibleWith(models)).models;
    expect(plain?.model).toMatchObject({ id: 'a', userDefined: true });
    expect(described?.model).toMatchObject({
      userDefined: false,
      contextTokens: 9,
      thinking: { levels: ['low', 'high'] },
    });
  });

  test.each([
    ['"*-b"', ['one', 'two']],
    ['ONE', ['two', 'up-b']],
    ['up-a', ['two', 'up-b']],
    ['"u?-b"', ['one', 'two', 'up-b']],
  ])('matching %s are not offered', (excluded, left) => {
    const models = '{ name: up-a, alias: one }, { name: up-c, alias: two }, { name: up-b }';
    const credential = only(claudeWith(`models: [${models}], excluded-models: [${excluded}]`));
    expect(credential.models.map(({ alias }) => alias)).toEqual(left);
    expect(credential.disabled).toBe(false);
  });

  test('all excluded by "*" switch the credential off', () => {
    expect(only(claudeWith('excluded-models: ["*"]')).disabled).toBe(true);
    expect(only(compatibleWith('models: [{ name: m }], disabled: true')).disabled).toBe(true);
  });
});

describe('settings', () => {
  test('of an entry override the general ones only where they are given', () => {
    expect(only(claudeWith('request-retry: 2, disable-cooling: true, priority: 7'))).toMatchObject({
      requestRetry: 2,
      disableCooling: true,
      priority: 7,
    });
    const plain = only(claudeWith(''));
    for (const member of ['requestRetry', 'disableCooling', 'proxyUrl', 'prefix'])
      expect(plain).not.toHaveProperty(member);
  });

  test.each([
    ['', true],
    ['auto-cache: true', true],
    ['auto-cache: false', false],
  ])('"%s" places prompt-cache breakpoints: %s', (setting, isPlaced) => {
    const { upstream } = only(claudeWith(setting));
    const model = modelNamed('claude-x');
    const endpoint = upstream.endpoint({ model, client: 'anthropic-messages', operation: 'generate', stream: false });
    if (endpoint === undefined) throw new Error('no endpoint');
    const body = relayed({ system: 'S', messages: [] });
    const call = {
      endpoint,
      body,
      model,
      operation: 'generate',
      stream: false,
      relay: true,
      clientHeaders: {},
    } as const;
    expect(Buffer.from(upstream.prepare(call).body).includes('cache_control')).toBe(isPlaced);
  });
});

describe('error rules', () => {
  const ruleOf = (more: string) =>
    only(claudeWith(`request-scoped-errors: [{ status: 400, action: stop, ${more} }]`)).rules[0];

  test.each([
    ['match: [too long]', 'prompt is too long', true],
    ['match: [too long]', 'Too Long', false],
    ['match-regexr: ["too (long|large)"]', 'too large', true],
    ['match-regexr: ["(?i)too (long|large)"]', 'TOO LARGE', true],
    ['match-regexr: ["(", "large"]', 'too large', true],
    ['match-regexr: ["("]', '(', false],
  ])('%s on "%s": %s', (match, body, matches) => {
    expect(ruleOf(match)?.matches(body)).toBe(matches);
  });

  test('keep status and action', () => {
    expect(ruleOf('match: [x]')).toMatchObject({ status: 400, action: 'stop' });
  });
});

test('the config of a related gateway gives its usable credentials, in the order of the providers', () => {
  expect(compile(bigFixture()).map(({ providerName, baseUrl, proxyUrl }) => [providerName, baseUrl, proxyUrl])).toEqual(
    [
      ['claude', '', undefined],
      ['claude', 'https://claude.example', 'http://user:pass@proxy.example:8080'],
      ['claude', 'https://claude.example', 'http://user:pass@proxy.example:8080'],
      ['gemini', 'https://generativelanguage.example', 'socks5://proxy.example:1080'],
      ['gemini', '', undefined],
      ['gemini', '', undefined],
      ['codex', 'https://codex.example', 'direct'],
      ['vertex', 'https://vertex.example/api', undefined],
      ['openrouter', 'https://openrouter.example/api/v1', 'socks5://proxy.example:1080'],
      ['openrouter', 'https://openrouter.example/api/v1', undefined],
      ['legacy', 'https://legacy.example/v1', undefined],
    ],
  );
});
