import type { Config } from '../../shared/config/schema.js';
import type { AccountSettings } from '../login/account-context.js';
import type { AccountProvider } from '../providers/account.js';

export type Named = Pick<AccountProvider, 'id' | 'channel'>;

/** What the config's `oauth-*` keys say of one provider's logins. Its channel counts, and its own name if that is not there. */
export function accountSettingsOf(config: Config, provider: Named): AccountSettings {
  const client = ofChannel(config['oauth-clients'], provider) ?? ownSectionOf(config, provider);
  const upstreamUrl = ofChannel(config['oauth-upstream'], provider);
  const preferredEndpoint = provider.id === 'kiro' ? config['kiro-preferred-endpoint'] : undefined;
  return {
    endpoints: ofChannel(config['oauth-endpoints'], provider) ?? {},
    clientPolicy: ofChannel(config['oauth-client-policy'], provider) ?? 'any',
    ...(client?.['client-id'] === undefined ? {} : { clientId: client['client-id'] }),
    ...(client?.['client-secret'] === undefined ? {} : { clientSecret: client['client-secret'] }),
    ...(upstreamUrl === undefined || upstreamUrl === '' ? {} : { upstreamUrl }),
    ...(provider.id === 'codex' ? { imageBaseModel: config['gpt-image-2-base-model'] } : {}),
    ...(preferredEndpoint === undefined ? {} : { preferredEndpoint }),
  };
}

/** The other place where the config may have the client of an Antigravity login. */
const ownSectionOf = ({ antigravity }: Config, { id }: Named) => (id === 'antigravity' ? antigravity.oauth : undefined);

export function ofChannel<T>(map: Readonly<Record<string, T>>, { channel, id }: Named): T | undefined {
  if (Object.hasOwn(map, channel)) return map[channel];
  return Object.hasOwn(map, id) ? map[id] : undefined;
}
