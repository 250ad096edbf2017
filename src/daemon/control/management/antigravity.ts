import type { AccountQuota } from '../../../shared/contract/credentials.js';
import type { AntigravityQuota, antigravity } from '../../../shared/contract/management/antigravity.js';
import type { ControlPlane } from '../control-plane.js';
import type { ManagementHandlers } from './reply.js';

/** How much is left of each model, as other gateways tell it: a list, empty without logins. */
export const antigravityHandlers = ({
  credentials,
  keeping,
}: Pick<ControlPlane, 'credentials' | 'keeping'>): ManagementHandlers<typeof antigravity> => ({
  async getAntigravityQuota() {
    const logins = (await credentials()).filter(
      ({ provider, source, state }) => provider === 'antigravity' && source === 'file' && state !== 'unusable',
    );
    const told = logins.map(async ({ id, name = id, email = '' }) =>
      (await keeping.quota({ id })).map((quota) => view({ name, email }, quota)),
    );
    return { body: (await Promise.all(told)).flat() };
  },
});

function view(
  { name, email }: { readonly name: string; readonly email: string },
  { windows, at, error }: AccountQuota,
): AntigravityQuota {
  return {
    account_id: name,
    email,
    is_forbidden: windows.some(({ id, exhausted }) => id === 'access' && exhausted === true),
    last_updated: at === undefined ? null : instant(at),
    // Windows that are no model's, such as credits, cover all of them.
    models: windows.flatMap(({ title, usedPercent, resetsAt, models }) =>
      models === undefined
        ? []
        : [
            {
              name: models,
              display_name: title,
              remaining_fraction: Math.round((100 - usedPercent) * 100) / 10_000,
              remaining_percent: Math.round((100 - usedPercent) * 100) / 100,
              ...(resetsAt === undefined ? {} : { reset_time: instant(resetsAt) }),
            },
          ],
    ),
    ...(error === undefined ? {} : { error }),
  };
}

/** Google's own times have no milliseconds. */
const instant = (at: number): string => new Date(at).toISOString().replace('.000Z', 'Z');
