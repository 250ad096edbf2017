import type { WireBody } from '../../src/daemon/dialects/dialect.js';
import type { JsonObject } from '../../src/daemon/ir/json.js';
import { compilePayload } from '../../src/daemon/payload/compile.js';
import type { PayloadFacts } from '../../src/daemon/payload/facts.js';
import { parseConfig, requireConfig } from '../../src/shared/config/load.js';
import { relayed } from './provider.js';

export interface RuleRun extends Partial<PayloadFacts> {
  /** Texts of prompt files. */
  readonly prompts?: Readonly<Record<string, string>>;
  /** What the client sent; absent: the body itself. */
  readonly original?: JsonObject;
}

/** A body after the rules of a config. */
export function shaped(yaml: string, body: JsonObject, run: RuleRun = {}): WireBody {
  const { prompts = {}, original = body, ...facts } = run;
  const { config } = requireConfig(parseConfig(yaml, { path: 'config.yaml' }));
  const wire = relayed(body);
  compilePayload(config, prompts)?.apply(wire, relayed(original), {
    upstream: 'openai-chat',
    provider: 'openai-compatibility',
    client: 'openai-chat',
    models: ['m-1'],
    headers: {},
    ...facts,
  });
  return wire;
}
