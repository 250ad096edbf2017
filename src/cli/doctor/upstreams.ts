import type { Config } from '../../shared/config/schema.js';
import { VENDOR_URLS } from '../../shared/vendor-urls.js';
import { addressOf, channelOf } from './login-hosts.js';
import { type ProbeResult, probe } from './probe.js';
import { proxyFor, proxyLabel } from './proxy.js';

const PROBE_TIMEOUT_MS = 5_000;
/** A check that waits for the probes allows them their own limit first. */
export const PROBE_PATIENCE_MS = PROBE_TIMEOUT_MS + 1_000;

export interface UpstreamProbe {
  /** Config sections and names that use it. */
  readonly providers: readonly string[];
  readonly result: ProbeResult;
}

interface Upstream {
  readonly url: URL;
  readonly proxy: string | undefined;
  readonly providers: Set<string>;
}

// Where an entry without base-url goes: the vendors' own addresses.
const OFFICIAL = {
  'claude-api-key': VENDOR_URLS.anthropic,
  'gemini-api-key': VENDOR_URLS.gemini,
  'vertex-api-key': 'https://aiplatform.googleapis.com',
} as const;

export interface ProbeParts {
  readonly config: Config;
  /** Of the logins that are in use. */
  readonly types: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly now: () => number;
}

/** Tries the way to every upstream in use once, all at the same time. */
export function probeUpstreams(parts: ProbeParts): Promise<readonly UpstreamProbe[]> {
  const { now } = parts;
  return Promise.all(
    upstreamsOf(parts).map(async ({ url, proxy, providers }) => ({
      providers: [...providers],
      result: await probe({
        url,
        proxy,
        proxyLabel: proxy === undefined ? undefined : proxyLabel(proxy),
        timeoutMs: PROBE_TIMEOUT_MS,
        now,
      }),
    })),
  );
}

function upstreamsOf({ config, types, env }: ProbeParts): readonly Upstream[] {
  const known = new Map<string, Upstream>();
  const add = (provider: string, address: string | undefined, ownProxy: string | undefined): void => {
    if (address === undefined || !URL.canParse(address)) return;
    const url = new URL(address);
    const proxy = proxyFor(url, [ownProxy, config['proxy-url']], env);
    const key = `${url.origin} ${proxy ?? ''}`;
    const upstream = known.get(key) ?? { url, proxy, providers: new Set<string>() };
    upstream.providers.add(provider);
    known.set(key, upstream);
  };
  for (const section of ['claude-api-key', 'gemini-api-key', 'vertex-api-key'] as const) {
    for (const entry of config[section]) add(section, entry['base-url'] || OFFICIAL[section], entry['proxy-url']);
  }
  for (const entry of config['codex-api-key']) add('codex-api-key', entry['base-url'], entry['proxy-url']);
  for (const entry of config['openai-compatibility']) {
    if (entry.disabled) continue;
    const keys = entry['api-key-entries'];
    if (keys.length === 0) add(entry.name, entry['base-url'], undefined);
    for (const key of keys) add(entry.name, entry['base-url'], key['proxy-url']);
  }
  for (const channel of new Set(types.map(channelOf))) {
    if (channel !== undefined) add(channel, addressOf(config, channel), undefined);
  }
  return [...known.values()];
}
