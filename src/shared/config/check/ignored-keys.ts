import type { Path } from '../path.js';
import { isRecord } from '../plain.js';
import type { RawConfig } from '../raw.js';
import type { Report } from '../report.js';

const IDENTITY = 'accepted without effect: this gateway always identifies itself truthfully';
const NOT_BUILT = 'accepted without effect:';

/** `[]` in a pattern stands for every item of a list. One warning per key, however often it occurs. */
const KEYS: readonly { readonly code: string; readonly message: string; readonly keys: readonly string[] }[] = [
  {
    code: 'identity_key_ignored',
    message: IDENTITY,
    keys: [
      'disable-claude-cloak-mode',
      'claude-code.disable-cloaking-model-list',
      'claude-api-key[].cloak.mode',
      'claude-api-key[].cloak.strict-mode',
      'claude-api-key[].cloak.sensitive-words',
      'claude-api-key[].cloak.cache-user-id',
      'claude-api-key[].fingerprint-profile',
      'claude-api-key[].experimental-cch-signing',
      'claude-header-defaults.user-agent',
      'claude-header-defaults.package-version',
      'claude-header-defaults.runtime-version',
      'claude-header-defaults.os',
      'claude-header-defaults.arch',
      'claude-header-defaults.timeout',
      'claude-header-defaults.timezone',
      'claude-header-defaults.stabilize-device-profile',
      'codex.identity-confuse',
      'codex.disable-codex-cloaking',
      'codex-header-defaults.user-agent',
      'codex-header-defaults.beta-features',
      'antigravity.sensitive-words',
      'kiro-fingerprint',
    ],
  },
  notBuilt('native plugins are not run', ['plugins']),
  notBuilt('there is no central control server', ['credential-concurrency', 'credential-in-flight', 'home']),
  notBuilt('live media is not relayed', ['codex.live-media-relay']),
  notBuilt('video is not served', ['video-result-auth-cache-ttl']),
  notBuilt('Amp is not served', [
    'ampcode',
    'amp-code',
    'amp-upstream-url',
    'amp-upstream-api-key',
    'amp-restrict-management-to-localhost',
    'amp-model-mappings',
  ]),
  notBuilt('there is no Go profiling server', ['pprof']),
  notBuilt('the panel ships with the program and is never downloaded', [
    'remote-management.disable-auto-update-panel',
    'remote-management.panel-github-repository',
  ]),
  notBuilt('it never had one', ['request-timeout', 'codex-instructions-enabled']),
];

function notBuilt(reason: string, keys: readonly string[]) {
  return { code: 'key_without_effect', message: `${NOT_BUILT} ${reason}`, keys };
}

/** Sections that hold nothing but ignored keys, and so stand outside the schema. */
export const IDENTITY_SECTIONS = [
  'disable-claude-cloak-mode',
  'claude-code',
  'claude-header-defaults',
  'codex-header-defaults',
  'kiro-fingerprint',
];

export function checkIgnoredKeys(raw: RawConfig, report: Report): void {
  for (const { code, message, keys } of KEYS) {
    for (const key of keys) {
      const path = firstWhere(raw, key.split('.'));
      if (path !== undefined) report.warn(path, code, message, 'key');
    }
  }
}

/** Where a pattern first occurs with a value that is meant. */
export function firstWhere(
  value: unknown,
  [segment, ...rest]: readonly string[],
  isMeant: (value: unknown) => boolean = () => true,
  path: Path = [],
): Path | undefined {
  if (segment === undefined) return isMeant(value) ? path : undefined;
  if (!isRecord(value)) return undefined;
  const isList = segment.endsWith('[]');
  const key = isList ? segment.slice(0, -2) : segment;
  const inner = value[key];
  if (inner === undefined) return undefined;
  if (!isList) return firstWhere(inner, rest, isMeant, [...path, key]);
  if (!Array.isArray(inner)) return undefined;
  for (const [index, item] of inner.entries()) {
    const found = firstWhere(item, rest, isMeant, [...path, key, index]);
    if (found !== undefined) return found;
  }
  return undefined;
}
