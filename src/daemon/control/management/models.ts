import type { models } from '../../../shared/contract/management/models.js';
import type { ControlPlane } from '../control-plane.js';
import { type ManagementHandlers, ManagementRefusal } from './reply.js';

/** Other names that web UIs have for a channel. */
const ALIASES: Readonly<Record<string, string>> = { 'x-ai': 'xai', grok: 'xai' };

/** What is known of models without asking a vendor. */
export const modelHandlers = ({
  definitions,
}: Pick<ControlPlane, 'definitions'>): ManagementHandlers<typeof models> => ({
  async getModelDefinitions({ params }) {
    const name = params['channel']?.trim().toLowerCase() ?? '';
    const channel = Object.hasOwn(ALIASES, name) ? (ALIASES[name] ?? name) : name;
    const found = await definitions(channel);
    if (found === undefined)
      throw new ManagementRefusal(400, { error: 'unknown channel', channel: name.slice(0, 100) });
    return { body: { channel, models: [...found] } };
  },
});
