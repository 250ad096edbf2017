import { createHash } from 'node:crypto';
import { AppError } from '../../../shared/errors.js';
import type { LoginContext, LoginMethod, NewCredential } from '../../login/method.js';
import { rfc3339 } from '../../login/token-fields.js';
import { claudeCredential } from './new-credential.js';
import { askProfile } from './profile.js';

/** A token that `claude setup-token` made: long-lived, for inference only, nothing to renew it with. */
export const claudeSetupToken: LoginMethod = {
  id: 'token',
  title: 'with a token of `claude setup-token`',
  run: enterToken,
};

async function enterToken(context: LoginContext): Promise<NewCredential> {
  const token = await context.ask({ id: 'token', message: 'Token that `claude setup-token` printed', secret: true });
  checkShape(token);
  const asked = await askProfile(context, token);
  if (asked?.status === 401) {
    throw new AppError('login_refused', 'Anthropic does not know this token', {
      hint: 'make a new one with `claude setup-token`',
    });
  }
  const tokens = {
    access_token: token,
    is_setup_token: true,
    scope: 'user:inference',
    last_refresh: rfc3339(context.clock.now()),
  };
  // 403 is the rule here: the token is not made for the profile.
  const name = `setup-token-${createHash('sha256').update(token).digest('hex').slice(0, 8)}`;
  const credential = claudeCredential(tokens, asked?.profile ?? {}, { name, label: 'Claude setup token' });
  if (asked !== undefined) return credential;
  return { ...credential, warning: 'the token could not be checked: Anthropic was not reached' };
}

function checkShape(token: string): void {
  if (/^sk-ant-oat[\w-]+$/.test(token)) return;
  if (token.startsWith('sk-ant-api')) {
    throw new AppError('login_refused', 'this is an API key, not a setup token', {
      hint: 'API keys go into the config: `cliproxyctl login claude-api-key`',
    });
  }
  throw new AppError('login_refused', 'a setup token begins with sk-ant-oat', {
    hint: 'paste the whole token that `claude setup-token` printed',
  });
}
