import { readConfigState } from '../config-state.js';
import type { CliContext } from '../context.js';
import { completeProvider, parseModel } from '../setup/answers.js';
import { kindOf } from '../setup/providers.js';
import type { SetupOutcome } from '../setup/report.js';
import { writeAnswers } from '../setup/set-up.js';
import { askProvider } from '../setup/wizard.js';
import { usageError } from '../ui/failure.js';
import type { KeyKind } from './providers.js';
import { TOKEN_FLAGS } from './terminal-screen.js';

export interface KeyLogin {
  readonly path: string;
  readonly secret: string | undefined;
  readonly name: string | undefined;
  readonly baseUrl: string | undefined;
  readonly models: readonly string[];
  readonly isAgreed: boolean;
}

/** Asks for a key, and for what else such a provider needs, and writes it into the config. */
export async function logInWithKey(
  context: CliContext,
  kind: KeyKind,
  login: KeyLogin,
): Promise<{ readonly outcome: SetupOutcome }> {
  const state = await readConfigState(login.path, context.env);
  if (state.error !== undefined && state.exists) throw state.error;
  const provider = kindOf(kind.section);
  const given = {
    apiKey: login.secret,
    baseUrl: login.baseUrl ?? kind.baseUrl,
    name: provider.isNamed ? (login.name ?? (kind.baseUrl === undefined ? undefined : kind.name)) : undefined,
    models: login.models.map(parseModel),
  };
  if (!context.prompts.isInteractive && login.secret === undefined && !provider.isKeyOptional) {
    throw usageError(`${kind.name} needs an API key`, `give it with ${TOKEN_FLAGS}`);
  }
  const { prompts, output, env } = context;
  const wizard = { prompts, output, env, port: undefined, hasProviders: true, isPortAsked: false };
  const answer =
    prompts.isInteractive && !login.isAgreed
      ? await askProvider(
          { ...provider, title: kind.name, keyVariable: kind.keyVariable ?? provider.keyVariable },
          wizard,
          { ...given, baseUrl: given.baseUrl ?? provider.defaultBaseUrl },
        )
      : { section: kind.section, ...given, name: given.name ?? (provider.isNamed ? hostOf(given.baseUrl) : undefined) };
  const isKnown = state.config?.['openai-compatibility'].some(({ name }) => name === answer.name) ?? false;
  const answers = { providers: [completeProvider(answer, isKnown)], logins: [], port: undefined };
  return writeAnswers(context, state, answers, { yes: login.isAgreed });
}

/** A service that nobody gave a name has that of its host. */
const hostOf = (url: string | undefined): string | undefined =>
  url !== undefined && URL.canParse(url) ? new URL(url).hostname : undefined;
