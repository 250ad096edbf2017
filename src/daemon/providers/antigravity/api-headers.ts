import type { JsonObject } from '../../ir/json.js';
import { accessTokenOf, fieldText } from '../account-fields.js';

/**
 * The access token. A file may have nothing but its refresh token: then it is empty, refused, and renewed.
 * @throws AppError `credential_malformed`
 */
export const antigravityToken = (fields: JsonObject): string =>
  fieldText(fields, 'access_token', 'accessToken') === undefined && fieldText(fields, 'refresh_token') !== undefined
    ? ''
    : accessTokenOf(fields);

/** Of every call with a login; who asks stands in `User-Agent`, which all our calls have. @throws AppError `credential_malformed` */
export const apiHeaders = (fields: JsonObject): Record<string, string> => ({
  authorization: `Bearer ${antigravityToken(fields)}`,
});
