import { expect, test } from 'vitest';
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
