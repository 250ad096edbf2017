import type { credentialRoutes } from '../../../shared/contract/credentials.js';
import type { lifecycle } from '../../../shared/contract/lifecycle.js';
import type { Handlers } from '../../../shared/contract/route.js';
import type { ControlPlane } from '../control-plane.js';

type CredentialHandlers = Pick<
  Handlers<typeof lifecycle>,
  | 'listCredentials'
  | 'showCredential'
  | 'resetCredentials'
  | 'testCredential'
  | 'explainRoute'
  | 'explainRequest'
  | keyof typeof credentialRoutes
>;

/** Credentials as they are now, and how requests are spread over them. */
export const credentialHandlers = (plane: ControlPlane): CredentialHandlers => ({
  listCredentials: async () => ({ credentials: await plane.credentials() }),
  showCredential: ({ id }) => plane.credential(id),
  resetCredentials: async ({ id }) => ({ reset: await plane.resetCredentials(id) }),
  testCredential: (query) => plane.testCredential(query),
  explainRoute: (query) => plane.explainRoute(query),
  explainRequest: ({ id }) => plane.explainRequest(id),
  updateCredential: (change) => plane.keeping.update(change),
  removeCredential: (query) => plane.keeping.remove(query),
  importCredentials: (query) => plane.keeping.import(query),
  exportCredential: ({ id }) => plane.keeping.export(id),
  renameCredential: (query) => plane.keeping.rename(query),
  refreshCredential: ({ id }) => plane.keeping.refresh(id),
  getQuota: async (query) => ({ accounts: await plane.keeping.quota(query) }),
});
