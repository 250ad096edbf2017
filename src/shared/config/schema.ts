import { z } from 'zod';
import { ignoredShape } from './schema/ignored.js';
import { oauthShape } from './schema/oauth.js';
import { observeShape } from './schema/observe.js';
import { payloadShape } from './schema/payload.js';
import { protocolShape } from './schema/protocol.js';
import { providerShape } from './schema/providers.js';
import { routingShape } from './schema/routing.js';
import { serverShape } from './schema/server.js';

/** The whole of `config.yaml`. Keys are spelled as in the file; unknown ones are kept at every level. */
export const configSchema = z.looseObject(
  {
    ...serverShape,
    ...observeShape,
    ...routingShape,
    ...protocolShape,
    ...providerShape,
    ...oauthShape,
    ...payloadShape,
    ...ignoredShape,
  },
  { error: 'a mapping' },
);

/** A checked config with all defaults filled in. Durations are milliseconds, all else as the file says. */
export type Config = z.output<typeof configSchema>;
