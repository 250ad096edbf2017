import { AppError } from '../../../shared/errors.js';
import type { JsonObject } from '../../ir/json.js';
import type { LoginContext, NewCredential } from '../../login/method.js';
import { fileNamePart } from '../../login/token-fields.js';
import { fieldText } from '../account-fields.js';
import { KILO_TYPE, kiloOrganization } from './fields.js';
import { type Organization, type Profile, readDefaultModel, readProfile } from './profile.js';

const PERSONAL = 'personal';

export interface KiloGrant {
  readonly token: string;
  readonly email?: string | undefined;
  /** Chosen before, by the program that the login is taken over from; absent: the person is asked. */
  readonly organization?: string | undefined;
}

/** The credential of a login whose token is there: who it is, and who is to pay. @throws AppError `login_refused` */
export async function kiloCredential(context: LoginContext, grant: KiloGrant): Promise<NewCredential> {
  const { token } = grant;
  const profile = await readProfile(context, token).catch(unlessUnreachable);
  if (profile?.kind === 'refused') {
    throw new AppError('login_refused', `Kilo does not know this token: ${profile.reason}`, {
      hint: 'it may have expired: get another one, or log in with a code',
    });
  }
  const known = profile?.kind === 'known' ? profile : undefined;
  const organization = await choosePayer(context, known, grant.organization);
  const email = grant.email ?? known?.email;
  const model = await readDefaultModel(context, token, organization).catch(unlessUnreachable);
  const fields: JsonObject = {
    kilocodeToken: token,
    kilocodeOrganizationId: organization ?? '',
    kilocodeModel: model ?? '',
    email: email ?? '',
    type: KILO_TYPE,
  };
  const who = email ?? 'Kilo login';
  const parts = [
    'kilo',
    fileNamePart(email ?? 'account'),
    ...(organization === undefined ? [] : [fileNamePart(organization)]),
  ];
  return {
    name: `${parts.join('-')}.json`,
    label: organization === undefined ? who : `${who} (${nameOf(organization, known)})`,
    fields,
    isSame: (stored) => isSameAccount(fields, stored),
    ...(known === undefined ? { warning: 'login ok, but Kilo was not reached to ask whose it is' } : {}),
  };
}

/** `undefined`: the person. Nothing is ever billed to an organisation that nobody named. */
async function choosePayer(
  context: LoginContext,
  profile: Extract<Profile, { kind: 'known' }> | undefined,
  before: string | undefined,
): Promise<string | undefined> {
  const wanted = context.options['organization']?.trim() || before;
  if (wanted === PERSONAL) return undefined;
  const offered = profile?.organizations ?? [];
  if (wanted !== undefined && wanted !== '') return find(wanted, offered, profile !== undefined).id;
  if (offered.length === 0) return undefined;
  const answer = await context.ask({
    id: 'organization',
    message: 'Who is to pay for the models?',
    choices: [
      { value: PERSONAL, label: 'Personal account' },
      ...offered.map(({ id, name }) => ({ value: id, label: name })),
    ],
    fallback: PERSONAL,
  });
  return answer === PERSONAL ? undefined : answer;
}

function find(wanted: string, offered: readonly Organization[], isListKnown: boolean): Organization {
  const found = offered.find(({ id, name }) => id === wanted || name.toLowerCase() === wanted.toLowerCase());
  if (found !== undefined) return found;
  if (!isListKnown) return { id: wanted, name: wanted };
  const names = [PERSONAL, ...offered.map(({ name }) => name)].join(', ');
  throw new AppError('login_option_invalid', `this login is in no organisation ${JSON.stringify(wanted)}`, {
    hint: `there are: ${names}`,
  });
}

const nameOf = (id: string, profile: Extract<Profile, { kind: 'known' }> | undefined): string =>
  profile?.organizations.find((each) => each.id === id)?.name ?? id;

function unlessUnreachable(error: unknown): undefined {
  if (error instanceof AppError && error.code === 'vendor_unreachable') return undefined;
  throw error;
}

/** One person may have several organisations: each is an account of its own, since another one pays. */
function isSameAccount(fields: JsonObject, stored: JsonObject): boolean {
  if (String(stored['type']).toLowerCase() !== KILO_TYPE) return false;
  if (kiloOrganization(fields) !== kiloOrganization(stored)) return false;
  const [mine, theirs] = [fieldText(fields, 'email'), fieldText(stored, 'email')];
  if (mine !== undefined && theirs !== undefined) return mine.toLowerCase() === theirs.toLowerCase();
  return fieldText(fields, 'kilocodeToken') === fieldText(stored, 'kilocodeToken', 'access_token');
}
