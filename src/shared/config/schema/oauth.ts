import { z } from 'zod';
import { flag, mapping, oneOf, optionalText, section, text, textList } from './fields.js';
import { errorRules } from './models.js';

const alias = section('an alias', {
  name: text('model'),
  alias: text('name clients use'),
  fork: flag('keep the original name too'),
  'display-name': optionalText('name shown in model lists'),
  'force-mapping': flag('write the alias into the model fields of answers'),
});

/** Without those that name nothing or themselves, and each alias once. */
function usableAliases(aliases: readonly z.output<typeof alias>[]) {
  const seen = new Set<string>();
  return aliases.filter(({ name, alias }) => {
    const key = alias.toLowerCase();
    if (name === '' || key === '' || key === name.toLowerCase() || seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}

/** Credentials that come from a login: names of their models, endpoints, client ids. */
export const oauthShape = {
  'oauth-model-alias': mapping(
    'other names for models of credential files, per channel',
    z.array(alias, { error: 'a list' }).transform(usableAliases).meta({ description: 'aliases of a channel' }),
  ),
  'oauth-excluded-models': mapping(
    'models of credential files not to offer, per channel',
    textList('patterns, * as wildcard'),
  ),
  'oauth-request-scoped-errors': mapping('own reading of upstream errors, per channel', errorRules()),
  'oauth-upstream': mapping('base URL of credential files, per channel', text('base URL')),
  'oauth-clients': mapping(
    'OAuth client used to log in, per provider; absent = the public client of the vendor where there is one',
    section('an OAuth client', {
      'client-id': optionalText('client id'),
      'client-secret': optionalText('client secret, where the client has one'),
    }),
  ),
  'oauth-endpoints': mapping(
    'addresses of a vendor, per provider and kind, such as authorize, token, device, api; https, or http on loopback',
    mapping('addresses of a provider', text('URL')),
  ),
  'oauth-client-policy': z
    .record(z.string(), oneOf('who may use login credentials of this provider', ['any', 'first-party']), {
      error: 'a mapping',
    })
    .transform((policy): Record<string, 'first-party' | 'any'> => ({ claude: 'first-party', ...policy }))
    .default({ claude: 'first-party' })
    .meta({
      description: 'per provider: first-party = the own client of the vendor only, any = every client',
      fallback: { claude: 'first-party' },
    }),
};
