import type { DialectId, WireBody } from '../dialects/dialect.js';
import type { JsonValue } from '../ir/json.js';

/** One request on its way to one upstream, as rules see it. */
export interface PayloadFacts {
  /** The dialect of the upstream, and of the client. */
  readonly upstream: DialectId;
  readonly client: DialectId;
  /** Who serves it: some put a format of others into an envelope of their own. */
  readonly provider: string;
  /** The upstream's model; what the client asked for, without a thinking suffix; and with one, where it had one. */
  readonly models: readonly string[];
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
}

/** The client's own request where it is passed on, else what became of it by translation: what `default` asks. */
export type Original = Pick<WireBody, 'get'>;

export const isJsonValue = (value: unknown): value is JsonValue =>
  value === null ||
  typeof value === 'string' ||
  typeof value === 'boolean' ||
  (typeof value === 'number' && Number.isFinite(value)) ||
  (typeof value === 'object' && Object.values(value).every((inner) => inner === undefined || isJsonValue(inner)));
