import type { ChalkInstance } from 'chalk';

export interface Connection {
  readonly url: string;
  readonly key: string;
  readonly home: string;
  readonly models: readonly string[];
  readonly color: ChalkInstance;
}

/** How to point real clients at a gateway that stays. */
export function howToConnect({ url, key, home, models, color }: Connection): string {
  const model = models.find((name) => name.includes('chat')) ?? models[0] ?? '';
  const title = (text: string): string => color.bold(text);
  return `The gateway stays at ${url} with the models ${models.join(', ')}. Each works from every client:

${title('Claude Code')}
  ANTHROPIC_BASE_URL=${url} ANTHROPIC_AUTH_TOKEN=${key} claude --model ${model}

${title('Codex CLI')}
  CLIPROXY_KEY=${key} codex --model ${model} \\
    -c model_provider=cliproxy -c 'model_providers.cliproxy={name="cliproxy",base_url="${url}/v1",env_key="CLIPROXY_KEY",wire_api="responses"}'

${title('OpenAI SDK')}
  new OpenAI({ baseURL: '${url}/v1', apiKey: '${key}' })

${title('curl')}
  curl ${url}/v1/chat/completions -H 'Authorization: Bearer ${key}' -H 'Content-Type: application/json' \\
    -d '{"model":"${model}","messages":[{"role":"user","content":"good morning"}]}'

${title('To end it')} (its upstreams and its folder go with it)
  CLIPROXY_HOME=${home} cliproxyctl stop`;
}
