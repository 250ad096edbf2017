import type { JsonObject } from '../../ir/json.js';
import type { AccountContext } from '../../login/account-context.js';
import { openGoogleTokens } from '../../login/google/tokens.js';
import { headersOf } from '../account-fields.js';
import { openHeaders } from '../api-key.js';
import { classifyForeignFile, explainForeignFile } from '../google-files.js';
import { openSafety } from '../google-safety.js';
import type { Upstream } from '../provider.js';
import { readVertexFields } from './fields.js';
import { projectModels } from './places.js';
import { explainVertex, vertexEndpoint, vertexRequest } from './requests.js';

/** Inference in a Google Cloud project, by service account or application-default login. */
export function openVertexAccount(fields: JsonObject, context: AccountContext): Upstream {
  const { google, project, location } = readVertexFields(fields);
  const addressOf = projectModels(project, location, context.settings.upstreamUrl);
  const tokens = openGoogleTokens(google.source, context);
  const safety = openSafety(fields['safety_settings']);
  const source = openHeaders(headersOf(fields));
  // A person's login is not of a project: Google must be told which one has the quota.
  const payer: Record<string, string> =
    google.source.kind === 'authorized-user' ? { 'x-goog-user-project': google.project ?? project } : {};
  return {
    drawsOne: true,
    ready: tokens.ready,
    forget: tokens.forget,
    endpoint: (query) => vertexEndpoint(query, addressOf),
    prepare(call) {
      const own = { ...vertexRequest(call, safety), ...payer, authorization: `Bearer ${tokens.token()}` };
      return {
        url: call.endpoint.url,
        headers: source.build(own, call.clientHeaders, call.stream),
        body: call.body.bytes,
      };
    },
    explain: (failure) => explainForeignFile(failure) ?? explainVertex(failure, location),
    classify: classifyForeignFile,
  };
}
