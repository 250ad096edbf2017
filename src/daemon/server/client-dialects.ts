import type { ClientDialect } from '../dialects/dialect.js';

/** Everything a client can be answered with. */
export interface ClientDialects {
  readonly chat: ClientDialect;
  readonly completions: ClientDialect;
  readonly responses: ClientDialect;
  readonly anthropic: ClientDialect;
  readonly gemini: ClientDialect;
  readonly images: ClientDialect;
}
