import { expect, test } from 'vitest';
import { redirectOfImagen } from '../../../src/daemon/models/imagen.js';

test.each([
  ['imagen-4.0-fast-generate-001', 'gemini-3.1-flash-image(minimal)', 'gemini-3.1-flash-image'],
  ['imagen-4.0-generate-001', 'gemini-3.1-flash-image(high)', 'gemini-3.1-flash-image'],
  ['Imagen-3.0-generate-002', 'gemini-3.1-flash-image(high)', 'gemini-3.1-flash-image'],
  ['imagen-4.0-ultra-generate-001', 'gemini-3-pro-image', 'gemini-3-pro-image'],
  ['work/imagen-4.0-generate-001', 'work/gemini-3.1-flash-image(high)', 'work/gemini-3.1-flash-image'],
])('%s is drawn by %s', (model, name, shown) => expect(redirectOfImagen(model)).toEqual({ name, model: shown }));

test.each(['gemini-2.5-flash-image', 'imagenary', 'gpt-image-2'])('%s draws itself', (model) => {
  expect(redirectOfImagen(model)).toBeUndefined();
});
