import type { CredentialSummary } from '../../shared/contract/credentials.js';
import { AppError } from '../../shared/errors.js';
import type { Management } from '../context.js';
import { clean } from '../ui/text.js';

export const ID_HELP = 'its id or the beginning of it, its label, or its file name';

const same = (one: string | undefined, other: string): boolean => one?.toLowerCase() === other.toLowerCase();

/** What may be meant by `text`, the surest first; the first that fits anything decides. */
const READINGS: readonly ((credential: CredentialSummary, text: string) => boolean)[] = [
  ({ id }, text) => id === text,
  ({ name }, text) => same(name, text) || same(name, `${text}.json`),
  ({ label, email, provider }, text) => same(label, text) || same(email, text) || same(label, `${provider} (${text})`),
  ({ id }, text) => id.startsWith(text),
  ({ name, label, email }, text) =>
    [name, label, email].some((one) => one?.toLowerCase().startsWith(text.toLowerCase()) ?? false),
];

/** The one credential that `text` means. Throws `credential_unknown`, or `credential_ambiguous` with those it could be. */
function pickCredential(credentials: readonly CredentialSummary[], text: string): CredentialSummary {
  const wanted = text.trim();
  for (const fits of wanted === '' ? [] : READINGS) {
    const found = credentials.filter((credential) => fits(credential, wanted));
    const [only] = found;
    if (only !== undefined && found.length === 1) return only;
    if (found.length > 1) throw ambiguous(wanted, found);
  }
  throw new AppError('credential_unknown', `there is no credential "${clean(wanted)}"`, {
    hint: 'run `cliproxyctl credentials` for those there are',
  });
}

const ambiguous = (text: string, found: readonly CredentialSummary[]): AppError =>
  new AppError(
    'credential_ambiguous',
    `"${clean(text)}" fits ${found.length} credentials: ${found.map(({ id, label }) => `${id} (${clean(label)})`).join(', ')}`,
    { hint: 'name one by its id', details: { candidates: found.map(({ id, label }) => ({ id, label })) } },
  );

/** The same, of those the running daemon has. */
export async function resolveCredential(management: Management, text: string): Promise<CredentialSummary> {
  const { credentials } = await management.listCredentials({});
  return pickCredential(credentials, text);
}

/** Whose it is, for people. */
export const accountOf = ({ email, label }: Pick<CredentialSummary, 'email' | 'label'>): string =>
  clean(email ?? label);

/** The same, with the vendor where the label does not say it. */
export function nameOf(credential: CredentialSummary): string {
  const account = accountOf(credential);
  const provider = clean(credential.provider);
  return account.startsWith(provider) ? account : `${account} (${provider})`;
}
