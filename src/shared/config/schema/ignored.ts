import { anything } from './fields.js';

/** Sections that existing files hold and that have no effect here. They load with a warning, and survive every write. */
export const ignoredShape = {
  plugins: anything('no effect: native plugins are not run'),
  'credential-concurrency': anything('no effect: part of a central control server'),
  'credential-in-flight': anything('no effect: part of a central control server'),
  home: anything('no effect: central control server'),
  ampcode: anything('no effect: Amp is not served'),
  'amp-code': anything('no effect: Amp is not served'),
  'amp-upstream-url': anything('no effect: Amp is not served'),
  'amp-upstream-api-key': anything('no effect: Amp is not served'),
  'amp-restrict-management-to-localhost': anything('no effect: Amp is not served'),
  'amp-model-mappings': anything('no effect: Amp is not served'),
};
