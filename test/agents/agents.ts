import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { AgentCall } from './program.js';

/** Where an agent finds the gateway, and what it is asked. */
export interface Assignment {
  readonly url: string;
  readonly key: string;
  readonly model: string;
  readonly prompt: string;
  readonly home: string;
}

export interface Agent {
  readonly name: string;
  /** Its own name for the tool that runs a command. */
  readonly shellTool: string;
  /** Writes its settings below the home, if it needs any, and says how to call it. */
  prepare(assignment: Assignment): Promise<AgentCall>;
}

type AgentName = 'claudeCode' | 'codex' | 'geminiCli' | 'opencode';

/** The agents as installed below `modules`, a `node_modules` folder, in their headless modes, without telemetry or updates. */
export function agentsIn(modules: string): Readonly<Record<AgentName, Agent>> {
  const platform = `${process.platform}-${process.arch}`;
  return {
    claudeCode: claudeCode(join(modules, `@anthropic-ai/claude-code-${platform}/claude`)),
    codex: codex(join(modules, '@openai/codex/bin/codex.js')),
    geminiCli: geminiCli(join(modules, '@google/gemini-cli/bundle/gemini.js')),
    opencode: opencode(join(modules, `opencode-${platform}/bin/opencode`)),
  };
}

const claudeCode = (file: string): Agent => ({
  name: 'Claude Code',
  shellTool: 'Bash',
  prepare: async ({ url, key, model, prompt }) => ({
    file,
    // Its --dangerously-skip-permissions is refused to root.
    args: ['-p', prompt, '--model', model, '--allowedTools', 'Bash'],
    env: {
      ANTHROPIC_BASE_URL: url,
      ANTHROPIC_AUTH_TOKEN: key,
      CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
      DISABLE_AUTOUPDATER: '1',
      DISABLE_TELEMETRY: '1',
      DISABLE_ERROR_REPORTING: '1',
    },
  }),
});

const codex = (script: string): Agent => ({
  name: 'Codex CLI',
  shellTool: 'exec_command',
  async prepare({ url, key, model, prompt, home }) {
    const folder = join(home, '.codex');
    await mkdir(folder);
    await writeFile(
      join(folder, 'config.toml'),
      `model = "${model}"
model_provider = "cliproxy"
model_reasoning_effort = "medium"
model_reasoning_summary = "auto"
check_for_update_on_startup = false
[analytics]
enabled = false
[features]
plugins = false
[model_providers.cliproxy]
name = "cliproxy"
base_url = "${url}/v1"
env_key = "CLIPROXY_KEY"
wire_api = "responses"
`,
    );
    return {
      file: process.execPath,
      args: [script, 'exec', '--skip-git-repo-check', '--dangerously-bypass-approvals-and-sandbox', prompt],
      env: { CODEX_HOME: folder, CLIPROXY_KEY: key },
    };
  },
});

const geminiCli = (script: string): Agent => ({
  name: 'Gemini CLI',
  shellTool: 'run_shell_command',
  async prepare({ url, key, model, prompt, home }) {
    await mkdir(join(home, '.gemini'));
    await writeFile(
      join(home, '.gemini', 'settings.json'),
      JSON.stringify({
        general: { enableAutoUpdate: false, enableAutoUpdateNotification: false },
        privacy: { usageStatisticsEnabled: false },
        telemetry: { enabled: false },
        security: { auth: { selectedType: 'gemini-api-key' } },
      }),
    );
    return {
      file: process.execPath,
      args: [script, '--yolo', '--model', model, '--prompt', prompt],
      env: { GOOGLE_GEMINI_BASE_URL: url, GEMINI_API_KEY: key, GEMINI_CLI_TRUST_WORKSPACE: 'true' },
    };
  },
});

const opencode = (file: string): Agent => ({
  name: 'opencode',
  shellTool: 'bash',
  async prepare({ url, key, model, prompt, home }) {
    await markPluginsInstalled(join(home, '.config', 'opencode'));
    await writeFile(
      join(home, 'work', 'opencode.json'),
      JSON.stringify({
        provider: {
          gateway: {
            npm: '@ai-sdk/openai-compatible',
            options: { baseURL: `${url}/v1`, apiKey: key },
            models: { [model]: { name: model } },
          },
        },
        permission: { bash: 'allow' },
        autoupdate: false,
        share: 'disabled',
      }),
    );
    return {
      file,
      // It puts arguments with blanks in quotes of its own.
      args: ['run', '--model', `gateway/${model}`, ...prompt.split(' ')],
      env: {
        OPENCODE_DISABLE_MODELS_FETCH: '1',
        OPENCODE_DISABLE_AUTOUPDATE: '1',
        OPENCODE_DISABLE_LSP_DOWNLOAD: '1',
        OPENCODE_DISABLE_DEFAULT_PLUGINS: '1',
      },
    };
  },
});

/** opencode installs its plugin library into its config folder unless a lock file there says that it has. */
async function markPluginsInstalled(folder: string): Promise<void> {
  await mkdir(join(folder, 'node_modules'), { recursive: true });
  const lock = { packages: { '': { dependencies: { '@opencode-ai/plugin': '*' } } } };
  await writeFile(join(folder, 'package-lock.json'), JSON.stringify(lock));
}
