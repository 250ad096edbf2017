import { AppError } from '../../../shared/errors.js';
import type { JsonObject } from '../../ir/json.js';
import { isProjectId, type LocalGoogle } from '../../login/google/application-default.js';
import { checkGoogleSource } from '../../login/google/tokens.js';
import type { LoginContext, NewCredential } from '../../login/method.js';
import { definedFields } from '../../login/token-fields.js';
import { fieldText } from '../account-fields.js';
import { VERTEX_TYPE } from './fields.js';
import { readLocation } from './places.js';

/** Keeps a Google credential for Vertex; Google is asked for a token first. @throws AppError `login_refused`, `login_option_invalid` */
export async function vertexCredential(context: LoginContext, google: LocalGoogle): Promise<NewCredential> {
  const { options, local } = context;
  const project = options['project'] || google.project || local.env['GOOGLE_CLOUD_PROJECT'];
  if (project === undefined || !isProjectId(project)) {
    throw new AppError('login_option_invalid', project ? 'project_id is no id of a project' : 'project_id missing', {
      hint: 'say which Google Cloud project is to pay: `--project-id <id>`, or `gcloud auth application-default set-quota-project`',
    });
  }
  const prefix = prefixOf(options['prefix']);
  const { source } = google;
  const isKey = source.kind === 'service-account';
  const email = isKey ? source.account.email : '';
  const fields: JsonObject = definedFields({
    type: VERTEX_TYPE,
    project_id: project,
    email,
    location: readLocation(options['location']),
    prefix,
    [isKey ? 'service_account' : 'authorized_user']: google.file,
  });
  const warning = await proveOrWarn(context, google);
  const parts = [VERTEX_TYPE, prefix, project].filter((part) => part !== undefined);
  return {
    name: `${parts.map(fileNamePart).join('-')}.json`,
    label: isKey ? email : `${project} (application default)`,
    fields,
    isSame: (stored) => isSameAccount(fields, stored),
    ...(warning === undefined ? {} : { warning }),
  };
}

async function proveOrWarn(context: LoginContext, { source }: LocalGoogle): Promise<string | undefined> {
  try {
    await checkGoogleSource(source, context);
    return undefined;
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'vendor_unreachable') throw error;
    return `imported, but Google was not reached to check it: ${error.message}`;
  }
}

/** One path segment, as models are then called `prefix/model`. */
function prefixOf(text: string | undefined): string | undefined {
  const prefix = text?.trim().replace(/^\/+|\/+$/g, '');
  if (prefix === undefined || prefix === '') return undefined;
  if (!prefix.includes('/')) return prefix;
  throw new AppError('login_option_invalid', 'the prefix is more than one path segment', {
    hint: 'give one word, as in `--prefix team-a`',
  });
}

/** As other gateways name these files. */
const fileNamePart = (text: string): string =>
  text
    .replaceAll(/[/\\:]|\p{Cc}/gu, '_')
    .replaceAll(' ', '-')
    .replace(/^\.+/, '_')
    .slice(0, 100);

function isSameAccount(fields: JsonObject, stored: JsonObject): boolean {
  if (String(stored['type']).toLowerCase() !== VERTEX_TYPE) return false;
  const members = ['project_id', 'prefix', 'email'] as const;
  return members.every((member) => fieldText(fields, member) === fieldText(stored, member));
}
