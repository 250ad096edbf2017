import { AppError } from '../../../shared/errors.js';
import type { JsonObject } from '../../ir/json.js';
import type { LoginContext, NewCredential } from '../../login/method.js';
import { definedFields, fileNamePart } from '../../login/token-fields.js';
import { fieldText, tokenIdOf } from '../account-fields.js';
import { ANTIGRAVITY_TYPE } from './fields.js';
import { discoverProject } from './project.js';
import { readEmail } from './user-info.js';

/** A login whose tokens are there, with what Google says of the account. `members`: of the credential file. */
export async function antigravityCredential(context: LoginContext, members: JsonObject): Promise<NewCredential> {
  const warnings: string[] = [];
  const token = fieldText(members, 'access_token') ?? '';
  const email = fieldText(members, 'email') ?? (await readEmail(token, context).catch(unlessUnreachable));
  const project = fieldText(members, 'project_id') ?? (await findProject(context, members, warnings));
  if (fieldText(members, 'refresh_token') === undefined) {
    warnings.push('Google gave nothing to renew this login with: it ends in an hour');
  }
  const fields = definedFields({ ...members, type: ANTIGRAVITY_TYPE, email, project_id: project });
  return {
    name: email === undefined ? 'antigravity.json' : `antigravity-${fileNamePart(email)}.json`,
    label: email ?? 'Antigravity login',
    fields,
    isSame: (stored) => isSameAccount(fields, stored),
    ...(warnings.length === 0 ? {} : { warning: warnings.join('; ') }),
  };
}

/** A login without a project is kept: the project is looked for again with each renewal, and with requests. */
async function findProject(
  context: LoginContext,
  members: JsonObject,
  warnings: string[],
): Promise<string | undefined> {
  context.tell({ type: 'progress', message: 'Asking for the account’s project...' });
  const found = await discoverProject(members, context).catch(unlessUnreachable);
  if (found?.kind === 'found') return found.project;
  warnings.push(`no project was found, and without one nothing is served: ${found?.reason ?? 'not reachable'}`);
  return undefined;
}

function unlessUnreachable(error: unknown): undefined {
  if (error instanceof AppError && error.code === 'vendor_unreachable') return undefined;
  throw error;
}

function isSameAccount(fields: JsonObject, stored: JsonObject): boolean {
  if (String(stored['type']).toLowerCase() !== ANTIGRAVITY_TYPE) return false;
  const [mine, theirs] = [fieldText(fields, 'email'), fieldText(stored, 'email')];
  if (mine !== undefined || theirs !== undefined) return mine?.toLowerCase() === theirs?.toLowerCase();
  return secretOf(fields) === secretOf(stored);
}

const secretOf = (fields: JsonObject): string =>
  tokenIdOf(fieldText(fields, 'refresh_token') ?? fieldText(fields, 'access_token') ?? '');
