import type { JsonObject } from '../../ir/json.js';
import type { NewCredential } from '../../login/method.js';
import { definedFields, fileNamePart } from '../../login/token-fields.js';
import { textOf } from '../../login/vendor-call.js';
import type { ClaudeProfile } from './profile.js';

/** `fallback` names the file and the account where nobody told who it is. */
export function claudeCredential(
  tokens: JsonObject,
  profile: ClaudeProfile,
  fallback: { readonly name: string; readonly label: string },
): NewCredential {
  const fields = definedFields({ type: 'claude', id_token: '', ...tokens, ...profile });
  const { email, account_uuid: account } = profile;
  return {
    name: `claude-${fileNamePart(email ?? account ?? fallback.name)}.json`,
    label: email ?? account ?? fallback.label,
    fields,
    isSame: (stored) => isSameAccount(fields, stored),
  };
}

/** One person may be in several organisations, each with a plan of its own. */
function isSameAccount(fields: JsonObject, stored: JsonObject): boolean {
  if (stored['type'] !== 'claude') return false;
  const verdicts = ['organization_uuid', 'account_uuid', 'email'].map((member) =>
    compare(fields[member], stored[member]),
  );
  if (verdicts.includes(false)) return false;
  if (verdicts.includes(true)) return verdicts[1] === true || verdicts[2] === true;
  return fields['access_token'] === stored['access_token'];
}

/** `undefined`: one of them does not say. */
function compare(a: unknown, b: unknown): boolean | undefined {
  const [left, right] = [textOf(a), textOf(b)];
  return left === undefined || right === undefined ? undefined : left.toLowerCase() === right.toLowerCase();
}
