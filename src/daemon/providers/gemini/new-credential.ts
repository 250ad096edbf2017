import { AppError } from '../../../shared/errors.js';
import type { JsonObject } from '../../ir/json.js';
import { isProjectId } from '../../login/google/application-default.js';
import type { LoginContext, NewCredential } from '../../login/method.js';
import { definedFields, fileNamePart } from '../../login/token-fields.js';
import { fieldText } from '../account-fields.js';

export const GEMINI_TYPE = 'gemini';

/** `members`: of the credential file. @throws AppError `login_option_invalid` */
export function geminiCredential(members: JsonObject & { readonly project_id: string }): NewCredential {
  const fields = definedFields({ type: GEMINI_TYPE, ...members });
  const email = fieldText(fields, 'email');
  const parts = [GEMINI_TYPE, email ?? 'account', members.project_id].map(fileNamePart);
  return {
    name: `${parts.join('-')}.json`,
    label: email ?? members.project_id,
    fields,
    isSame: (stored) => isSameAccount(fields, stored),
  };
}

function isSameAccount(fields: JsonObject, stored: JsonObject): boolean {
  if (String(stored['type']).toLowerCase() !== GEMINI_TYPE) return false;
  if (fieldText(fields, 'project_id') !== fieldText(stored, 'project_id')) return false;
  const [mine, theirs] = [fieldText(fields, 'email'), fieldText(stored, 'email')];
  if (mine !== undefined || theirs !== undefined) return mine?.toLowerCase() === theirs?.toLowerCase();
  return fieldText(fields, 'refresh_token') === fieldText(stored, 'refresh_token');
}

/** Who pays: without a project Google answers 403. @throws AppError `login_cancelled`, `login_option_invalid` */
export async function chooseProject(context: LoginContext, ...known: readonly (string | undefined)[]): Promise<string> {
  const named = [context.options['project'], ...known, context.local.env['GOOGLE_CLOUD_PROJECT']];
  const project =
    named.find((each) => each !== undefined && each !== '') ??
    (await context.ask({ id: 'project', message: 'Google Cloud project that has the quota and pays' }));
  if (isProjectId(project)) return project;
  throw new AppError('login_option_invalid', 'this is no id of a Google Cloud project', {
    hint: 'give the id as the console shows it, such as my-project-1234',
  });
}
