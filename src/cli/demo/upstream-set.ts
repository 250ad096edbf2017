import { type SimulatedUpstream, startSimulatedUpstream, type UpstreamKind } from './upstreams/simulated-upstream.js';

export interface DemoUpstream {
  readonly kind: UpstreamKind;
  /** The one model it serves. */
  readonly model: string;
  readonly apiKey: string;
  /** The base-url for the config. */
  readonly url: string;
}

export interface UpstreamSet {
  readonly upstreams: readonly DemoUpstream[];
  close(): Promise<void>;
}

const MODELS: readonly (readonly [UpstreamKind, string])[] = [
  ['openai-chat', 'demo-chat'],
  ['openai-responses', 'demo-responses'],
  ['anthropic-messages', 'demo-claude'],
  ['gemini-generate', 'demo-gemini'],
];
/** Slow enough for a person to see the answer grow. */
const DELTA_MS = 8;

/** One simulated upstream of each kind, on free ports. */
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

/** The config of a gateway in front of these upstreams. */
export function demoConfig(upstreams: readonly DemoUpstream[], key: string, port: number): string {
  const sections = upstreams.map(({ kind, model, url, apiKey }) =>
    kind === 'openai-chat'
      ? `${SECTION_OF[kind]}:
  - name: demo
    base-url: ${url}
    api-key-entries: [{ api-key: ${apiKey} }]
    models: [{ name: ${model} }]`
      : `${SECTION_OF[kind]}:
  - api-key: ${apiKey}
    base-url: ${url}
    models: [{ name: ${model} }]`,
  );
  return `# A throw-away config of \`cliproxyctl demo\`.
port: ${port}
api-keys: [${key}]
${sections.join('\n')}
`;
}
