import type { LoginMethod } from '../../login/method.js';
import { copilotDevice } from './device-login.js';
import { copilotImport } from './import.js';
import { copilotToken } from './token-login.js';

export const copilotLogins: readonly LoginMethod[] = [copilotDevice, copilotToken, copilotImport];
