import type { LoginMethod } from '../../login/method.js';
import { kiloDevice } from './device-login.js';
import { kiloImport } from './import.js';
import { kiloKey } from './token-login.js';

export const kiloLogins: readonly LoginMethod[] = [kiloDevice, kiloKey, kiloImport];
