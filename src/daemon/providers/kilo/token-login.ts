import { AppError } from '../../../shared/errors.js';
import type { LoginContext, LoginMethod, NewCredential } from '../../login/method.js';
import { kiloCredential } from './new-credential.js';

/** The API key of Kilo's dashboard is a token like that of a login. */
export const kiloKey: LoginMethod = { id: 'token', title: 'with an API key from the dashboard', run: enterKey };

async function enterKey(context: LoginContext): Promise<NewCredential> {
  const token = await context.ask({ id: 'token', message: 'Kilo API key', secret: true });
  if (/\s/.test(token)) {
    throw new AppError('login_refused', 'this is no API key of Kilo', { hint: 'copy it from the profile page' });
  }
  return kiloCredential(context, { token });
}
