import { createHash } from 'node:crypto';
import { basename } from 'node:path';
import { z } from 'zod';

/** One credential found in a file, in the form in which `auth-dir` keeps it. */
export interface Found {
  readonly name: string;
  readonly fields: Readonly<Record<string, unknown>>;
  /** The program that renews it; undefined for a file of a gateway like ours. */
  readonly owner: string | undefined;
}

const own = z.looseObject({ type: z.string().min(1) });

/** `~/.codex/auth.json`. */
const codexCli = z.looseObject({
  tokens: z.looseObject({
    id_token: z.string(),
    access_token: z.string().min(1),
    refresh_token: z.string(),
    account_id: z.string().nullish(),
  }),
  last_refresh: z.string().nullish(),
});

/** `~/.claude/.credentials.json`. */
const claudeCode = z.looseObject({
  claudeAiOauth: z.looseObject({
    accessToken: z.string().min(1),
    refreshToken: z.string().nullish(),
    expiresAt: z.number().nullish(),
    scopes: z.array(z.string()).nullish(),
  }),
});

/** `apps.json` and `hosts.json` of the Copilot editor plugins: one entry a host, or a host and its app. */
const copilotApps = z
  .record(z.string(), z.looseObject({ oauth_token: z.string().min(1), user: z.string().nullish() }))
  .refine((entries) => Object.keys(entries).length > 0);

/** A service account's key, as the Google Cloud console gives it. */
const serviceAccount = z.looseObject({
  type: z.literal('service_account'),
  project_id: z.string().min(1),
  client_email: z.string().min(1),
  private_key: z.string().min(1),
});

/** The credentials in a file's text; undefined when it holds none that is known. */
export function recognise(path: string, text: string): readonly Found[] | undefined {
  const content = parse(text);
  const google = serviceAccount.safeParse(content);
  if (google.success) return [fromServiceAccount(google.data)];
  const file = own.safeParse(content);
  if (file.success) return [{ name: basename(path), fields: file.data, owner: undefined }];
  const codex = codexCli.safeParse(content);
  if (codex.success) return [fromCodexCli(codex.data)];
  const claude = claudeCode.safeParse(content);
  if (claude.success) return [fromClaudeCode(claude.data)];
  const apps = copilotApps.safeParse(content);
  return apps.success ? Object.entries(apps.data).map(fromCopilotApp) : undefined;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // no JSON: nothing that we know
  }
}

const claimsSchema = z.looseObject({
  email: z.string().optional(),
  exp: z.number().optional(),
  'https://api.openai.com/auth': z
    .looseObject({ chatgpt_account_id: z.string().optional(), chatgpt_plan_type: z.string().optional() })
    .optional(),
});

/** The claims of a token that nobody verifies here: they only name the file. */
function claimsOf(token: string): z.output<typeof claimsSchema> {
  const parsed = claimsSchema.safeParse(parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8')));
  return parsed.success ? parsed.data : {};
}

function fromCodexCli({ tokens, last_refresh: lastRefresh }: z.output<typeof codexCli>): Found {
  const { id_token, access_token, refresh_token, account_id } = tokens;
  const { email, 'https://api.openai.com/auth': auth } = claimsOf(id_token);
  const { exp } = claimsOf(access_token);
  const accountId = account_id ?? auth?.chatgpt_account_id;
  const hash = accountId === undefined ? undefined : createHash('sha256').update(accountId).digest('hex').slice(0, 8);
  const plan = auth?.chatgpt_plan_type?.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-');
  const parts = ['codex', hash, email ?? 'cli', plan].filter((part) => part !== undefined && part !== '');
  return {
    name: fileName(parts.join('-')),
    owner: 'Codex CLI',
    fields: {
      id_token,
      access_token,
      refresh_token,
      ...(accountId === undefined ? {} : { account_id: accountId }),
      ...(lastRefresh ? { last_refresh: lastRefresh } : {}),
      ...(email === undefined ? {} : { email }),
      type: 'codex',
      ...(exp === undefined ? {} : { expired: new Date(exp * 1000).toISOString() }),
    },
  };
}

function fromClaudeCode({ claudeAiOauth }: z.output<typeof claudeCode>): Found {
  const { accessToken, refreshToken, expiresAt, scopes } = claudeAiOauth;
  return {
    // The file does not say whose it is.
    name: 'claude-code.json',
    owner: 'Claude Code',
    fields: {
      id_token: '',
      access_token: accessToken,
      ...(refreshToken ? { refresh_token: refreshToken } : {}),
      ...(scopes ? { scope: scopes.join(' ') } : {}),
      email: '',
      type: 'claude',
      ...(expiresAt ? { expired: new Date(expiresAt).toISOString() } : {}),
    },
  };
}

function fromCopilotApp([key, { oauth_token, user }]: [string, z.output<typeof copilotApps>[string]]): Found {
  const [host = ''] = key.split(':');
  const username = user ?? 'github-user';
  return {
    name: fileName(`github-copilot-${username}`),
    // These tokens do not expire: sharing one takes nothing from the other tool.
    owner: undefined,
    fields: {
      access_token: oauth_token,
      token_type: 'bearer',
      username,
      type: 'github-copilot',
      ...(host === '' || host === 'github.com' ? {} : { enterprise_url: host }),
    },
  };
}

function fromServiceAccount(key: z.output<typeof serviceAccount>): Found {
  const { project_id: project, client_email: email } = key;
  return {
    name: fileName(`vertex-${project}`),
    // Any number of programs may use one key.
    owner: undefined,
    fields: { type: 'vertex', project_id: project, email, location: 'us-central1', service_account: key },
  };
}

const fileName = (text: string): string => `${text.replaceAll(/[^\w.@+-]+/g, '_')}.json`;
