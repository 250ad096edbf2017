import { expect, test } from 'vitest';
import keyServices from '../../../src/cli/login/key-services.json' with { type: 'json' };
import { chooseProvider, LOGIN_KINDS, loginCommandFor, SUPPORTED } from '../../../src/cli/login/providers.js';

test.each([
  ['claude', 'claude'],
  ['Anthropic', 'claude'],
  ['codex', 'codex'],
  ['openai', 'codex'],
  ['github-copilot', 'copilot'],
  ['githubcopilot', 'copilot'],
  [' Copilot ', 'copilot'],
  ['kilocode', 'kilo'],
  ['Kilo-Code', 'kilo'],
  ['droid', 'gemini'],
  ['droid-cli', 'gemini'],
  ['droidcli', 'gemini'],
  ['factoryapi', 'factory-api'],
  ['openai-compatible', 'factory-api'],
])('"%s" means %s', (input, name) => {
  expect(chooseProvider(input)).toMatchObject({ input, name, kind: { name } });
});

test.each(['', 'foo', 'constructor', '__proto__'])('"%s" means nothing', (input) => {
  expect(chooseProvider(input).kind).toBeUndefined();
});

test('every name is told once, and means itself', () => {
  expect(new Set(SUPPORTED).size).toBe(SUPPORTED.length);
  for (const { name } of LOGIN_KINDS) expect(chooseProvider(name)).toMatchObject({ isAliased: false, kind: { name } });
});

test('a hint names the command, not the channel', () => {
  expect(loginCommandFor('github-copilot')).toBe('cliproxyctl login copilot');
  expect(loginCommandFor('copilot')).toBe('cliproxyctl login copilot');
  expect(loginCommandFor('gemini')).toBe('cliproxyctl login gemini-oauth');
});

test.each(keyServices.services)(
  '$name is at an address over https that somebody wrote down',
  ({ name, baseUrl, source }) => {
    expect(chooseProvider(name).kind).toMatchObject({ kind: 'key', baseUrl });
    expect(new URL(baseUrl).protocol).toBe('https:');
    expect(baseUrl).not.toMatch(/\/$/);
    expect(['vendor', 'other']).toContain(source.by);
    expect(new URL(source.url).protocol).toBe('https:');
  },
);
