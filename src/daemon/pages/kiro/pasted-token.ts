import { AppError } from '../../../shared/errors.js';

const LEAST_TOKEN_LENGTH = 100;

/**
 * A pasted refresh token or API key, trimmed. A token with dots, or a short one, is a copy that somebody has blacked out; asking
 * the vendor with it would only earn a refusal that says less.
 * @throws AppError `login_refused`
 */
export function pastedToken(text: string): string {
  const token = text.trim().replace(/^"(.*)"$/, '$1');
  if (token === '') throw new AppError('login_refused', 'nothing was pasted', { hint: HINT });
  if (token.startsWith('ksk_')) return token;
  if (token.includes('...') || token.includes('…') || token.length < LEAST_TOKEN_LENGTH) {
    throw new AppError('login_refused', 'this is a shortened copy of a token', { hint: HINT });
  }
  return token;
}

const HINT = 'paste the whole `refreshToken` of ~/.aws/sso/cache/kiro-auth-token.json; it begins with aorAAAAAG';
