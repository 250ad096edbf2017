import type { JsonObject } from '../../ir/json.js';
import type { AccountFacts, AccountProvider } from '../account.js';
import { fieldText, tokenIdOf } from '../account-fields.js';
import { openVertexAccount } from './account-upstream.js';
import { readVertexFields, VERTEX_TYPE } from './fields.js';
import { vertexLogins } from './login.js';
import { vertexPolicy } from './policy.js';

/** Vertex AI in a Google Cloud project. */
export const vertexAccount: AccountProvider = {
  id: 'vertex',
  channel: 'vertex',
  types: [VERTEX_TYPE],
  title: 'Vertex AI',
  reasoningFamily: 'gemini',
  catalog: 'vertex',
  traits: ['vertex'],
  policy: vertexPolicy,
  logins: vertexLogins,
  read: readVertexFile,
  open: openVertexAccount,
  // Nothing of the file ends: access tokens are made from it as they are needed.
  refresh: async () => ({ kind: 'renewed', fields: {} }),
};

function readVertexFile(fields: JsonObject): AccountFacts {
  const { google, project, location } = readVertexFields(fields);
  const { source } = google;
  const who = source.kind === 'service-account' ? source.account.email : (fieldText(fields, 'email') ?? project);
  const secret = source.kind === 'service-account' ? String(google.file['private_key']) : source.refreshToken;
  return { label: `${who}, ${location}`, canRefresh: false, refreshLeadMs: 0, tokenId: tokenIdOf(secret) };
}
