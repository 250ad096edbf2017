import type { Check } from './check.js';
import { answersCheck } from './checks/answers.js';
import { clientKeysCheck } from './checks/client-keys.js';
import { clockCheck } from './checks/clock.js';
import { configCheck } from './checks/config.js';
import { credentialsCheck } from './checks/credentials.js';
import { instanceCheck } from './checks/instance.js';
import { loginsCheck } from './checks/logins.js';
import { nodeCheck } from './checks/node.js';
import { permissionsCheck } from './checks/permissions.js';
import { policiesCheck } from './checks/policies.js';
import { portCheck } from './checks/port.js';
import { storageCheck } from './checks/storage.js';
import { upstreamsCheck } from './checks/upstreams.js';
import type { DoctorContext } from './context.js';

/** In the order they are shown: from this machine outwards. */
export const CHECKS: readonly Check<DoctorContext>[] = [
  nodeCheck,
  configCheck,
  permissionsCheck,
  storageCheck,
  instanceCheck,
  portCheck,
  credentialsCheck,
  loginsCheck,
  policiesCheck,
  clientKeysCheck,
  upstreamsCheck,
  answersCheck,
  clockCheck,
];
