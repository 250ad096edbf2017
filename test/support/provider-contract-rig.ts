import type { JsonObject } from '../../src/daemon/ir/json.js';
import { openLog } from '../../src/daemon/observe/log.js';
import { createRedactor } from '../../src/daemon/observe/redact.js';
import { secretsIn } from '../../src/daemon/observe/secrets.js';
import { openRefresher } from '../../src/daemon/pool/refresher.js';
import type { AccountProvider } from '../../src/daemon/providers/account.js';
import { accountSettingsOf } from '../../src/daemon/runtime/account-settings.js';
import type { StoredAccount } from '../../src/daemon/runtime/accounts.js';
import { openMemoryStore } from '../../src/daemon/storage/memory/memory-store.js';
import type { StoredCredential } from '../../src/daemon/storage/ports.js';
import { createDispatchers } from '../../src/daemon/transport/dispatchers.js';
import { createHttpClient } from '../../src/daemon/transport/http.js';
import { parseConfig, requireConfig } from '../../src/shared/config/load.js';
import { type Answer, type Call, send } from './conversation.js';
import { handClock } from './oauth/hand-clock.js';
import { type ServedPlane, servePlane } from './plane.js';
import type { Gate } from './provider-contract-gate.js';
import type { Inference, Stage } from './provider-contract-types.js';

export const CLIENT_KEY = 'sk-contract-client-key';

export interface ContractRig extends ServedPlane {
  readonly key: string;
  ask(call: Call, headers?: Readonly<Record<string, string>>): Promise<Answer>;
  /** Everything the log has, as it is written. */
  log(): string;
  /** Everything clients were answered with a status that is no success. */
  errors(): string;
  /** What `route explain --request` has of every request. */
  traces(): string;
  states(): readonly string[];
}

export interface RigOptions {
  readonly stage: Stage;
  readonly gate: Gate;
  readonly inference: Inference;
  readonly provider?: AccountProvider;
  /** Credential files by the suffix of their names; absent: one that works. */
  readonly files?: Readonly<Record<string, JsonObject>>;
  /** False: the vendor has listed nothing yet. */
  readonly hasList?: boolean;
}

/** The data plane before a gate, with renewals as the primary makes them, and a log that is kept. */
export async function openRig(options: RigOptions): Promise<ContractRig> {
  const { stage, gate, inference, provider, hasList = true } = options;
  const yaml = `api-keys: [${CLIENT_KEY}]\nrequest-retry: 0\n${stage.settings(gate.origin)}`;
  const loaded = requireConfig(parseConfig(yaml, { path: 'config.yaml' }));
  const files = options.files ?? (stage.file === undefined ? {} : { ann: stage.file });
  const initial = Object.fromEntries(
    Object.entries(files).map(([suffix, fields]) => [`${provider?.channel}-${suffix}.json`, fields]),
  );
  const store = openMemoryStore(initial);
  const toAccount = ({ name, revision, fields }: StoredCredential): StoredAccount => ({
    name,
    revision,
    fields,
    ...(inference.models === undefined || !hasList ? {} : { models: inference.models }),
  });
  const accounts = async (): Promise<StoredAccount[]> => (await store.list()).credentials.map(toAccount);
  const lines: string[] = [];
  const errors: string[] = [];
  const requestIds: string[] = [];
  const redactor = createRedactor([...secretsIn(loaded.config), ...secretsIn(Object.values(files))]);
  const dispatchers = createDispatchers(() => undefined);
  const clock = handClock(Date.now());
  const refresher = openRefresher({
    store,
    clock,
    workers: 2,
    providerOf: () => provider,
    contextOf: (of) => ({
      http: createHttpClient(dispatchers),
      clock,
      settings: accountSettingsOf(loaded.config, of),
    }),
    async onStored({ fields }) {
      redactor.learn(secretsIn(fields));
      served.plane.apply(loaded, await accounts());
    },
    onEvent: (event) => lines.push(redactor.redact(JSON.stringify(event))),
  });
  const sink = { write: (text: string | Uint8Array) => void lines.push(String(text)) };
  const served: ServedPlane = await servePlane(yaml, {
    accounts: await accounts(),
    log: openLog({ sink, redactor, debug: true }),
    renewAccount: async ({ name, tokenId }) => void (await refresher.renew(name, tokenId)),
  });
  return {
    ...served,
    key: CLIENT_KEY,
    async ask(call, headers) {
      const answer = await send({ url: served.url, key: CLIENT_KEY }, call, headers);
      requestIds.push(answer.headers.get('x-request-id') ?? '');
      if (answer.status >= 400) errors.push(answer.text);
      return answer;
    },
    log: () => lines.join('\n'),
    errors: () => errors.join('\n'),
    traces: () => JSON.stringify(requestIds.map((id) => served.plane.explainRequest(id))),
    states: () => served.plane.credentials().map(({ state }) => state),
    async close() {
      await served.close();
      await refresher.close();
      await dispatchers.close();
    },
  };
}
