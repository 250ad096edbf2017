import { join } from 'node:path';
import { isObject, parseJson } from '../../ir/json.js';
import type { LoginOwner } from '../../login/owners-login.js';
import { definedFields, rfc3339 } from '../../login/token-fields.js';
import { fieldText, instantOf } from '../account-fields.js';

/** The login that Claude Code has on this machine. On macOS it lies in the keychain, where it is not looked for. */
export const claudeCodeLogin: LoginOwner = {
  name: 'Claude Code',
  async read({ env, home, read }, now) {
    const path = join(env['CLAUDE_CONFIG_DIR'] || join(home, '.claude'), '.credentials.json');
    const file = parseJson((await read(path)) ?? '');
    const login = isObject(file) ? file['claudeAiOauth'] : undefined;
    const accessToken = isObject(login) ? fieldText(login, 'accessToken') : undefined;
    if (!isObject(login) || accessToken === undefined) return undefined;
    const end = instantOf(login['expiresAt']);
    return definedFields({
      access_token: accessToken,
      refresh_token: fieldText(login, 'refreshToken'),
      expired: end === undefined ? undefined : rfc3339(end),
      last_refresh: rfc3339(now),
    });
  },
  // That file does not say whose it is, and so does the one that was imported from it.
  isSame: (_theirs, ours) => fieldText(ours, 'email', 'account_uuid') === undefined,
};
