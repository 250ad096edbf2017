import { createHash } from 'node:crypto';
import type { JsonObject } from '../../src/daemon/ir/json.js';
import type { ModelInfo } from '../../src/daemon/ir/model.js';
import type { AccountContext } from '../../src/daemon/login/account-context.js';
import type { AccountProvider, RefreshOutcome } from '../../src/daemon/providers/account.js';
import { openaiCompatible } from '../../src/daemon/providers/openai-compatible/provider.js';
import { readBody } from '../../src/daemon/transport/http.js';
import { AppError } from '../../src/shared/errors.js';

export interface FakeAccountOptions {
  /** Instead of a call to `token_url`. */
  readonly refresh?: (fields: JsonObject, context: AccountContext) => Promise<RefreshOutcome>;
  readonly listModels?: () => Promise<readonly ModelInfo[]>;
}

const textOf = (fields: JsonObject, name: string): string => {
  const value = fields[name];
  if (typeof value === 'string') return value;
  throw new AppError('credential_malformed', `the credential file has no usable "${name}"`);
};

export const tokenIdOf = (token: string): string => createHash('sha256').update(token).digest('hex').slice(0, 16);

/** A vendor whose files say themselves where it is: `api_url` speaks OpenAI Chat, `token_url` renews. */
export function fakeAccountProvider(options: FakeAccountOptions = {}): AccountProvider {
  return {
    id: 'claude',
    channel: 'acme',
    types: ['acme'],
    title: 'Acme',
    reasoningFamily: 'openai',
    catalog: 'claude',
    policy: { standing: 'permitted', summary: 'a vendor for tests', clientOwner: 'nobody', sources: [] },
    logins: [],
    read: (fields) => ({
      label: typeof fields['email'] === 'string' ? fields['email'] : 'nobody',
      canRefresh: typeof fields['refresh_token'] === 'string' && fields['cliproxyctl_read_only'] !== true,
      refreshLeadMs: 60_000,
      tokenId: tokenIdOf(textOf(fields, 'access_token')),
      ...(typeof fields['expired'] === 'string' ? { expiresAt: Date.parse(fields['expired']) } : {}),
      ...(typeof fields['plan'] === 'string' ? { plan: fields['plan'] } : {}),
    }),
    open: (fields) =>
      openaiCompatible.bind({
        apiKey: textOf(fields, 'access_token'),
        baseUrl: textOf(fields, 'api_url'),
        headers: {},
      }),
    refresh: options.refresh ?? refreshOverHttp,
    ...(options.listModels === undefined ? {} : { listModels: options.listModels }),
  };
}

async function refreshOverHttp(fields: JsonObject, { http }: AccountContext): Promise<RefreshOutcome> {
  const reply = await http.send({
    method: 'POST',
    url: textOf(fields, 'token_url'),
    headers: { 'content-type': 'application/json' },
    body: Buffer.from(JSON.stringify({ refresh_token: fields['refresh_token'] })),
  });
  const answer = JSON.parse((await readBody(reply.body, 65_536)).bytes.toString('utf8'));
  if (reply.status === 200) return { kind: 'renewed', fields: answer };
  if (reply.status === 400) return { kind: 'login-needed', reason: String(answer.error) };
  return { kind: 'failed', reason: `answered ${reply.status}` };
}
