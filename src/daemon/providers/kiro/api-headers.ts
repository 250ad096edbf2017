import { USER_AGENT } from '../../../shared/version.js';
import type { JsonObject } from '../../ir/json.js';
import { accessTokenOf } from '../account-fields.js';
import { authMethodOf } from './fields.js';

/** Who asks, and that AWS is not to use what is asked for improving its service, unless the file says `optout: false`. */
export function apiHeaders(fields: JsonObject): Record<string, string> {
  return {
    authorization: `Bearer ${accessTokenOf(fields)}`,
    'user-agent': USER_AGENT,
    'x-amzn-codewhisperer-optout': fields['optout'] === false ? 'false' : 'true',
    ...(authMethodOf(fields) === 'api-key' ? { tokentype: 'API_KEY' } : {}),
  };
}
