import type { lifecycle } from '../../../shared/contract/lifecycle.js';
import type { Handlers } from '../../../shared/contract/route.js';
import type { ControlPlane } from '../control-plane.js';

/** Log lines by cursor; the plane knows where the files are and when they grow. */
export const logHandlers = (plane: ControlPlane): Pick<Handlers<typeof lifecycle>, 'readLogs'> => ({
  readLogs: (query, { signal }) => plane.readLogs(query, signal),
});
