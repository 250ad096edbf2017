import { USER_AGENT } from '../../../shared/version.js';
import type { JsonObject } from '../../ir/json.js';
import { fieldText, headersOf } from '../account-fields.js';

/**
 * How we name ourselves to Copilot. The integration id is a value that GitHub gives out: ours only if the operator has one
 * and wrote it into the credential file.
 */
export function identityHeaders(fields: JsonObject): Record<string, string> {
  const integration = fieldText(fields, 'copilot_integration_id', 'integration_id');
  return {
    'user-agent': USER_AGENT,
    'editor-version': USER_AGENT,
    'editor-plugin-version': USER_AGENT,
    'x-github-api-version': '2025-05-01',
    ...(integration === undefined ? {} : { 'copilot-integration-id': integration }),
    ...Object.fromEntries(Object.entries(headersOf(fields)).map(([name, value]) => [name.toLowerCase(), value])),
  };
}
