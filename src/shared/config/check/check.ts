import type { RawConfig } from '../raw.js';
import type { Report } from '../report.js';
import { checkAliases } from './aliases.js';
import { checkClientKeys } from './client-keys.js';
import { checkEntries } from './entries.js';
import { checkHeaders } from './headers.js';
import { checkIdleKeys } from './idle-keys.js';
import { checkIgnoredKeys } from './ignored-keys.js';
import { checkNetwork } from './network.js';
import { checkRules } from './rules.js';
import { checkUnknownKeys } from './unknown-keys.js';
import { checkUrls } from './urls.js';
import { checkWords } from './words.js';

/** Finds what the types of the schema cannot say. `file` is the path of the config. */
export function checkConfig(raw: RawConfig, report: Report, file: string): void {
  checkUnknownKeys(raw, report);
  checkIgnoredKeys(raw, report);
  checkIdleKeys(raw, report);
  checkClientKeys(raw, report);
  checkNetwork(raw, report);
  checkWords(raw, report);
  checkUrls(raw, report);
  checkEntries(raw, report);
  checkHeaders(raw, report);
  checkAliases(raw, report);
  checkRules(raw, report, file);
}
