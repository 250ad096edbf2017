import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pino } from 'pino';
import { afterAll, afterEach, beforeAll } from 'vitest';
import {
  type SimulatedUpstream,
  startSimulatedUpstream,
  type UpstreamKind,
} from '../../src/cli/demo/upstreams/simulated-upstream.js';
import { openDataPlane } from '../../src/daemon/compose.js';
import { parseConfig, requireConfig } from '../../src/shared/config/load.js';

export const UPSTREAM_KINDS = [
  'openai-chat',
  'openai-responses',
  'anthropic-messages',
  'gemini-generate',
] as const satisfies readonly UpstreamKind[];

/** The model each kind of upstream serves in tests: real names where the catalogue knows limits and thinking. */
export const MODEL_OF: Readonly<Record<UpstreamKind, string>> = {
  'openai-chat': 'acme-large',
  'openai-responses': 'gpt-5.5',
  'anthropic-messages': 'claude-sonnet-4-5-20250929',
  'gemini-generate': 'gemini-2.5-flash',
};

export interface TestGateway {
  /** Without a trailing slash or version. */
  readonly url: string;
  readonly key: string;
  readonly upstreams: Readonly<Record<UpstreamKind, SimulatedUpstream>>;
  close(): Promise<void>;
}

/** The data plane in this process, on a real socket, in front of one strict upstream of each kind. */
export async function startGateway(settings = ''): Promise<TestGateway> {
  const upstreams = await startUpstreams();
  const key = 'sk-test-client-key';
  const loaded = requireConfig(parseConfig(gatewayConfig(key, upstreams, settings), { path: 'config.yaml' }));
  const plane = openDataPlane({ loaded, log: pino({ level: 'silent' }), env: {} });
  plane.setReady(true);
  const server = createServer(plane.listener);
  if (plane.upgrade !== undefined) server.on('upgrade', plane.upgrade);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    key,
    upstreams,
    async close() {
      plane.setReady(false);
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await plane.close();
      await Promise.all(Object.values(upstreams).map((upstream) => upstream.close()));
    },
  };
}

/** One gateway for all tests of a file, ready before the first; its upstreams forget after each. */
export function useGateway(onReady: (gateway: TestGateway) => void, settings = ''): void {
  let gateway: TestGateway | undefined;
  beforeAll(async () => {
    gateway = await startGateway(settings);
    onReady(gateway);
  });
  afterEach(() => {
    for (const upstream of Object.values(gateway?.upstreams ?? {})) upstream.reset();
  });
  afterAll(() => gateway?.close());
}

/** One strict upstream of each kind. */
export async function startUpstreams(): Promise<Readonly<Record<UpstreamKind, SimulatedUpstream>>> {
  const started = await Promise.all(
    UPSTREAM_KINDS.map((kind) => startSimulatedUpstream({ kind, apiKey: `up-${kind}`, models: [MODEL_OF[kind]] })),
  );
  return Object.fromEntries(UPSTREAM_KINDS.map((kind, index) => [kind, started[index]])) as Record<
    UpstreamKind,
    SimulatedUpstream
  >;
}

/** The config of a gateway in front of upstreams at these base URLs. */
export function gatewayConfig(
  key: string,
  upstreams: Readonly<Record<UpstreamKind, { readonly url: string }>>,
  settings: string,
): string {
  const entry = (kind: UpstreamKind): string => `
  - api-key: up-${kind}
    base-url: ${upstreams[kind].url}
    disable-cooling: true
    models: [{ name: ${MODEL_OF[kind]} }]`;
  return `api-keys: [${key}]
max-body-mb: 2
${settings}
claude-api-key:${entry('anthropic-messages')}
gemini-api-key:${entry('gemini-generate')}
codex-api-key:${entry('openai-responses')}
openai-compatibility:
  - name: acme
    base-url: ${upstreams['openai-chat'].url}
    disable-cooling: true
    api-key-entries: [{ api-key: up-openai-chat }]
    models: [{ name: ${MODEL_OF['openai-chat']} }]
`;
}
