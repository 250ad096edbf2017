import { AppError } from '../../../shared/errors.js';
import type { AccountContext } from '../../login/account-context.js';
import { endpointOf, readDomain } from '../../login/endpoints.js';

/** The client of GitHub's own Copilot editor integrations. Public, without a secret. */
const CLIENT_ID = 'Iv1.b507a08c87ecfe98';

export const SCOPE = 'read:user';

export interface CopilotOAuth {
  readonly clientId: string;
  /** Only where the operator has a client of their own. */
  readonly clientSecret: string | undefined;
  readonly device: string;
  readonly token: string;
  readonly user: string;
}

/** `domain`: an enterprise's own; absent: github.com. @throws AppError `endpoint_insecure` */
export function copilotOAuth({ settings }: AccountContext, domain = 'github.com'): CopilotOAuth {
  const api = endpointOf(settings, 'api', `https://api.${domain}`).replace(/\/+$/, '');
  return {
    clientId: settings.clientId ?? CLIENT_ID,
    clientSecret: settings.clientSecret,
    device: endpointOf(settings, 'device', `https://${domain}/login/device/code`),
    token: endpointOf(settings, 'token', `https://${domain}/login/oauth/access_token`),
    user: endpointOf(settings, 'user', `${api}/user`),
  };
}

/** The enterprise's domain from the option of that name; `undefined`: github.com. @throws AppError `login_option_invalid` */
export function enterpriseOf(options: Readonly<Record<string, string>>): string | undefined {
  const { enterprise } = options;
  if (enterprise === undefined || enterprise.trim() === '') return undefined;
  const domain = readDomain(enterprise);
  if (domain === undefined) {
    throw new AppError('login_option_invalid', '`enterprise` is no host name', {
      hint: 'give it as in `company.ghe.com`',
    });
  }
  return domain === 'github.com' ? undefined : domain;
}
