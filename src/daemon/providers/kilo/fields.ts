import { AppError } from '../../../shared/errors.js';
import type { JsonObject, JsonValue } from '../../ir/json.js';
import { fieldText } from '../account-fields.js';

export const KILO_TYPE = 'kilo';

/** Without a login: what is free, for a few requests an hour. Never by accident, so that a lost token is told. */
const isAnonymous = (fields: JsonObject): boolean => fields['anonymous'] === true;

/**
 * The token of a credential file; the official client's spelling first. `undefined`: it goes without.
 * @throws AppError `credential_malformed`
 */
export function kiloToken(fields: JsonObject): string | undefined {
  if (isAnonymous(fields)) return undefined;
  const token = fieldText(fields, 'kilocodeToken', 'access_token');
  if (token !== undefined && !/[\r\n]/.test(token)) return token;
  throw new AppError('credential_malformed', 'the credential file has no usable "kilocodeToken"', {
    hint: 'log in again: `cliproxyctl login kilo`',
  });
}

/** Who pays; `undefined`: the person's own account. @throws AppError `credential_malformed` */
export function kiloOrganization(fields: JsonObject): string | undefined {
  const organization = fieldText(fields, 'kilocodeOrganizationId', 'organization_id');
  if (organization === undefined || /^[\w.:-]+$/.test(organization)) return organization;
  throw new AppError('credential_malformed', '"kilocodeOrganizationId" is no id of an organisation', {
    hint: 'log in again, and choose who is to pay: `cliproxyctl login kilo`',
  });
}

/** `deny`: only model providers that do not keep prompts. Wins over what a client asks for. */
export function dataCollection(fields: JsonObject): 'allow' | 'deny' | undefined {
  const value = fieldText(fields, 'data_collection', 'data-collection');
  return value === 'allow' || value === 'deny' ? value : undefined;
}

export const isFreeOnly = (fields: JsonObject): boolean => fields['free_only'] === true || isAnonymous(fields);

/** The only models that are wanted, where somebody has said which. */
export function chosenModels(fields: JsonObject): readonly string[] | undefined {
  const names = fields['only_models'];
  return Array.isArray(names) ? (names as readonly JsonValue[]).filter((name) => typeof name === 'string') : undefined;
}
