import type { AccountQuota } from '../../../shared/contract/credentials.js';
import type { KiroQuota, kiro } from '../../../shared/contract/management/kiro.js';
import type { ControlPlane, CredentialFile } from '../control-plane.js';
import { authIndexOf } from './auth-file-view.js';
import { type ManagementHandlers, ManagementRefusal } from './reply.js';

/** How much of a Kiro plan is left, by the vendor's own word. */
export const kiroHandlers = ({
  files,
  credentials,
  keeping,
}: Pick<ControlPlane, 'files' | 'credentials' | 'keeping'>): ManagementHandlers<typeof kiro> => ({
  async getKiroQuota({ query }) {
    const file = chosen(await files.list(), query.get('auth_index')?.trim() ?? '');
    const summary = (await credentials()).find(({ name, provider }) => name === file.name && provider === 'kiro');
    const [quota] = summary === undefined ? [] : await keeping.quota({ id: summary.id });
    if (quota === undefined) throw new ManagementRefusal(409, 'this login is not in use');
    if (quota.windows.length === 0) {
      throw new ManagementRefusal(502, { error: 'quota_unavailable', message: quota.error ?? 'Kiro tells no limits' });
    }
    return { body: view(file, quota) };
  },
});

function chosen(files: readonly CredentialFile[], index: string): CredentialFile {
  const logins = files.filter(({ fields }) => String(fields['type']).toLowerCase() === 'kiro');
  const [only, another] = index === '' ? logins : logins.filter((file) => authIndexOf(file) === index);
  if (only === undefined) throw new ManagementRefusal(404, 'no such Kiro login');
  if (another !== undefined) throw new ManagementRefusal(400, 'auth_index is required: there are several Kiro logins');
  return only;
}

function view(file: CredentialFile, { windows, plan }: AccountQuota): KiroQuota {
  const sum = (pick: 'used' | 'limit'): number => windows.reduce((total, window) => total + (window[pick] ?? 0), 0);
  const used = sum('used');
  const limit = sum('limit');
  const arn = file.fields['profile_arn'] ?? file.fields['profileArn'];
  return {
    auth_index: authIndexOf(file),
    profile_arn: typeof arn === 'string' ? arn : '',
    remaining_quota: Math.max(0, round(limit - used)),
    usage_percentage: limit === 0 ? 100 : round((used / limit) * 100),
    quota_exhausted: windows.some(({ exhausted }) => exhausted === true),
    usage: {
      ...(plan === undefined ? {} : { plan }),
      windows: windows.map((window) => ({
        type: window.id,
        title: window.title,
        used: window.used ?? 0,
        limit: window.limit ?? 0,
        unit: window.unit ?? 'credits',
        usage_percentage: window.usedPercent,
        exhausted: window.exhausted === true,
        ...(window.resetsAt === undefined ? {} : { resets_at: new Date(window.resetsAt).toISOString() }),
      })),
    },
  };
}

const round = (value: number): number => Math.round(value * 100) / 100;
