import type { Config } from '../../shared/config/schema.js';
import { VENDOR_URLS } from '../../shared/vendor-urls.js';
import { LOGIN_KINDS } from '../login/providers.js';

/** Where the vendors of logins answer when nobody says otherwise; where it depends on region or plan, its usual place. */
const HOSTS: Readonly<Record<string, string>> = {
  antigravity: VENDOR_URLS.antigravity,
  claude: VENDOR_URLS.anthropic,
  codex: VENDOR_URLS.chatgpt,
  gemini: VENDOR_URLS.gemini,
  'github-copilot': VENDOR_URLS.copilot,
  kilo: VENDOR_URLS.kilo,
  kiro: 'https://q.us-east-1.amazonaws.com',
  vertex: 'https://us-central1-aiplatform.googleapis.com',
};

/** Other gateways' names in the `type` of a credential file. */
const CHANNEL_OF_TYPE: Readonly<Record<string, string>> = { copilot: 'github-copilot', github: 'github-copilot' };

/** What the daemon calls the provider of a credential file; `undefined`: no login of ours makes such files. */
export function channelOf(type: string): string | undefined {
  const name = type.trim().toLowerCase();
  const channel = Object.hasOwn(CHANNEL_OF_TYPE, name) ? CHANNEL_OF_TYPE[name] : name;
  return LOGIN_KINDS.some((kind) => kind.kind === 'account' && kind.channel === channel) ? channel : undefined;
}

/** Where requests of a channel go: the configured address, or the vendor's. `undefined`: nowhere, since it is switched off. */
export function addressOf(config: Config, channel: string): string | undefined {
  if (channel === 'antigravity' && !config.antigravity.enabled) return undefined;
  const upstream = own(config['oauth-upstream'], channel);
  const api = own(own(config['oauth-endpoints'], channel) ?? {}, 'api');
  return [upstream, api, own(HOSTS, channel)].find((address) => address !== undefined && address !== '');
}

const own = <T>(map: Readonly<Record<string, T>>, name: string): T | undefined =>
  Object.hasOwn(map, name) ? map[name] : undefined;
