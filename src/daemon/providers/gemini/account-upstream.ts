import { VENDOR_URLS } from '../../../shared/vendor-urls.js';
import type { FailureFacts } from '../../ir/error.js';
import type { JsonObject } from '../../ir/json.js';
import type { AccountContext } from '../../login/account-context.js';
import { fieldText, headersOf } from '../account-fields.js';
import { openHeaders } from '../api-key.js';
import { classifyForeignFile, explainForeignFile } from '../google-files.js';
import { openSafety } from '../google-safety.js';
import type { Upstream } from '../provider.js';
import { openAccountTokens } from './account-tokens.js';
import { shapeGeminiBody } from './body.js';
import { geminiEndpoint, geminiRoot } from './requests.js';

/** The public Gemini API by a login of the user's own client, or a service account. */
export function openGeminiAccount(fields: JsonObject, context: AccountContext): Upstream {
  const root = geminiRoot(context.settings.upstreamUrl ?? VENDOR_URLS.gemini);
  const project = fieldText(fields, 'project_id');
  const source = openHeaders(headersOf(fields));
  const safety = openSafety(fields['safety_settings']);
  const tokens = openAccountTokens(fields, context);
  return {
    drawsOne: true,
    ...(tokens.own === undefined ? {} : { ready: tokens.own.ready, forget: tokens.own.forget }),
    endpoint: (query) => geminiEndpoint(root, query),
    prepare(call) {
      shapeGeminiBody(call, safety);
      const own: Record<string, string> = {
        authorization: `Bearer ${tokens.token()}`,
        ...(project === undefined ? {} : { 'x-goog-user-project': project }),
      };
      const { endpoint, body, clientHeaders, stream } = call;
      return { url: endpoint.url, headers: source.build(own, clientHeaders, stream), body: body.bytes };
    },
    explain: (failure) => explainForeignFile(failure) ?? explainProject(failure, project),
    classify: classifyForeignFile,
  };
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
