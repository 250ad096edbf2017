import { VENDOR_URLS } from '../../../shared/vendor-urls.js';
import type { FailureFacts } from '../../ir/error.js';
import { isObject, type JsonObject } from '../../ir/json.js';
import type { AccountContext } from '../../login/account-context.js';
import { readServiceAccount } from '../../login/google/service-account.js';
import { type GoogleTokens, openGoogleTokens } from '../../login/google/tokens.js';
import { accessTokenOf, fieldText, headersOf } from '../account-fields.js';
import { openHeaders } from '../api-key.js';
import type { Upstream } from '../provider.js';
import { geminiEndpoint, geminiRoot, shapeGeminiBody } from './requests.js';

/** The public Gemini API by a login of the user's own client, or a service account. */
export function openGeminiAccount(fields: JsonObject, context: AccountContext): Upstream {
  const root = geminiRoot(context.settings.upstreamUrl ?? VENDOR_URLS.gemini);
  const project = fieldText(fields, 'project_id');
  const source = openHeaders(headersOf(fields));
  const tokens = tokensOf(fields, context);
  return {
    ...(tokens.own === undefined ? {} : { ready: tokens.own.ready, forget: tokens.own.forget }),
    endpoint: (query) => geminiEndpoint(root, query),
    prepare(call) {
      shapeGeminiBody(call);
      const own: Record<string, string> = {
        authorization: `Bearer ${tokens.token()}`,
        ...(project === undefined ? {} : { 'x-goog-user-project': project }),
      };
      const { endpoint, body, clientHeaders, stream } = call;
      return { url: endpoint.url, headers: source.build(own, clientHeaders, stream), body: body.bytes };
    },
    explain: (failure) => explainProject(failure, project),
  };
}

function tokensOf(
  fields: JsonObject,
  context: AccountContext,
): { readonly own?: GoogleTokens; readonly token: () => string } {
  const key = fields['service_account'];
  if (isObject(key)) {
    const own = openGoogleTokens({ kind: 'service-account', account: readServiceAccount(key) }, context);
    return { own, token: own.token };
  }
  const token = accessTokenOf(fields);
  return { token: () => token };
}

/** Google asks for a quota project in words that lead to gcloud. */
function explainProject(failure: FailureFacts, project: string | undefined): FailureFacts {
  const isAsked = failure.status === 403 && /quota project|user project|x-goog-user-project/i.test(failure.message);
  if (!isAsked) return failure;
  const hint =
    project === undefined
      ? 'set "project_id" in the credential file to a project of yours in which the Generative Language API is enabled'
      : `is the Generative Language API enabled in ${project}, and may this login use it?`;
  return { ...failure, message: `${failure.message} (${hint})` };
}
