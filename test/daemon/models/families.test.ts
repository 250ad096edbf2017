import { describe, expect, test } from 'vitest';
import { openCatalog } from '../../../src/daemon/models/catalog.js';

const catalog = openCatalog();

describe('a model that no list names', () => {
  test.each([
    { id: 'gemini-2.5-flash-lite-preview-09-2025', like: 'gemini-2.5-flash-lite' },
    { id: 'gemini-2.5-flash-preview-09-2025', like: 'gemini-2.5-flash' },
    { id: 'gemini-3-pro-preview-11-2025', like: 'gemini-3-pro-preview' },
    { id: 'google/gemini-3.5-flash-002', like: 'gemini-3.5-flash' },
    { id: 'GEMINI-3.7-Flash-Preview', like: 'gemini-3.7-flash' },
  ])('$id thinks like $like, under its own name', ({ id, like }) => {
    const known = catalog.find(like);
    const { displayName: _name, ...facts } = known ?? {};
    expect(catalog.find(id)).toEqual({ ...facts, id });
  });

  test.each([
    { id: 'gemma-3-27b-it', userDefined: false, traits: ['no-system-instruction'] },
    { id: 'gemini-2.0-flash-001', userDefined: false, traits: [] },
    // What it can do is not known, but that it wants its signatures back is.
    { id: 'gemini-3.9-ultra', userDefined: true, traits: ['gemini-3'] },
  ])('$id has what its family has: $traits', ({ id, userDefined, traits }) => {
    const model = catalog.find(id);
    expect(model).toMatchObject({ id, userDefined });
    expect(model).not.toHaveProperty('thinking');
    expect([...(model?.traits ?? [])]).toEqual(traits);
  });

  test('is known by no part of its name but the beginning', () => {
    expect(catalog.find('my-gemma-3')).toBeUndefined();
    expect(catalog.find('gemini')).toBeUndefined();
  });
});

test('both ways to Google’s models list the same ones', () => {
  expect(catalog.list('vertex')).toEqual(catalog.list('gemini'));
});
