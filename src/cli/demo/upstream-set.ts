import { type SimulatedUpstream, startSimulatedUpstream, type UpstreamKind } from './upstreams/simulated-upstream.js';

/** One upstream of the demo. */
export interface DemoUpstream {
  readonly kind: UpstreamKind;
  /** The name clients use for its model. */
  readonly model: string;
  readonly url: string;
  readonly apiKey: string;
}

const MODELS: readonly (readonly [UpstreamKind, string])[] = [
  ['openai-chat', 'demo-chat'],
  ['openai-responses', 'demo-responses'],
  ['anthropic-messages', 'demo-claude'],
  ['gemini-generate', 'demo-gemini'],
];
/** Fast, and still to be seen arriving. */
const DELTA_MS = 8;

export interface UpstreamSet {
  readonly upstreams: readonly DemoUpstream[];
  close(): Promise<void>;
}

/** One simulated upstream of each kind. */
export async function startUpstreamSet(): Promise<UpstreamSet> {
  const started: SimulatedUpstream[] = [];
  const upstreams: DemoUpstream[] = [];
  for (const [kind, model] of MODELS) {
    const apiKey = `demo-key-of-${kind}`;
    const upstream = await startSimulatedUpstream({ kind, apiKey, models: [model], textDeltaMs: DELTA_MS });
    started.push(upstream);
    upstreams.push({ kind, model, apiKey, url: upstream.url });
  }
  return {
    upstreams,
    close: async () => {
      await Promise.all(started.map((upstream) => upstream.close()));
    },
  };
}

const SECTION_OF: Readonly<Record<UpstreamKind, string>> = {
  'openai-chat': 'openai-compatibility',
  'openai-responses': 'codex-api-key',
  'anthropic-messages': 'claude-api-key',
  'gemini-generate': 'gemini-api-key',
};

/** The config of a daemon in front of them. */
export function demoConfig(upstreams: readonly DemoUpstream[], key: string, port: number): string {
  const sections = upstreams.map(({ kind, model, url, apiKey }) =>
    kind === 'openai-chat'
      ? `${SECTION_OF[kind]}:
  - name: demo
    base-url: ${url}
    api-key-entries: [{ api-key: ${apiKey}, proxy-url: direct }]
    models: [{ name: ${model} }]`
      : `${SECTION_OF[kind]}:
  - api-key: ${apiKey}
    base-url: ${url}
    proxy-url: direct
    models: [{ name: ${model} }]`,
  );
  return `# A throw-away config of \`cliproxyctl demo\`.
port: ${port}
api-keys: [${key}]
${sections.join('\n')}
`;
}
