import type { KeyContract, UpstreamKind } from '../../../../support/provider-contract-types.js';
import { startSimulatedUpstream } from '../../../../support/upstream.js';
import { failuresOf, openingOf } from './replies.js';

const KEYS = ['up-first-secret-key', 'up-second-secret-key'] as const;

interface KeyPart {
  readonly dialect: UpstreamKind;
  readonly model: string;
  readonly ending: RegExp;
  /** The section with two entries, at that base URL. */
  section(baseUrl: string): string;
}

/** A provider by key before a strict upstream of its vendor's format, which takes any key. */
function keyContract({ dialect, model, ending, section }: KeyPart): KeyContract {
  return {
    kind: 'key',
    model,
    isInference: (path) => ending.test(path),
    failure: failuresOf(dialect),
    opening: openingOf(dialect),
    ...(dialect === 'anthropic-messages' ? { keepsThoughts: dialect } : {}),
    async start() {
      const vendor = await startSimulatedUpstream({ kind: dialect, models: [model] });
      const base = vendor.url.slice(vendor.origin.length);
      return { origin: vendor.origin, settings: (origin) => section(origin + base), close: vendor.close };
    },
  };
}

const entries = (section: string, model: string) => (baseUrl: string) =>
  `${section}:\n${KEYS.map((key) => `  - { api-key: ${key}, base-url: '${baseUrl}', models: [{ name: ${model} }] }\n`).join('')}`;

const CLAUDE = 'claude-sonnet-4-5-20250929';
const GEMINI = 'gemini-2.5-flash';
const CODEX = 'gpt-5.5';

export const claudeKey = keyContract({
  dialect: 'anthropic-messages',
  model: CLAUDE,
  ending: /\/v1\/messages$/,
  section: entries('claude-api-key', CLAUDE),
});

export const geminiKey = keyContract({
  dialect: 'gemini-generate',
  model: GEMINI,
  ending: /:(streamGenerateContent|generateContent)$/,
  section: entries('gemini-api-key', GEMINI),
});

export const codexKey = keyContract({
  dialect: 'openai-responses',
  model: CODEX,
  ending: /\/responses$/,
  section: entries('codex-api-key', CODEX),
});

export const openaiCompatible = keyContract({
  dialect: 'openai-chat',
  model: 'acme-large',
  ending: /\/chat\/completions$/,
  section: (baseUrl) => `openai-compatibility:
  - name: acme
    base-url: ${baseUrl}
    api-key-entries: [${KEYS.map((key) => `{ api-key: ${key} }`).join(', ')}]
    models: [{ name: acme-large }]
`,
});
