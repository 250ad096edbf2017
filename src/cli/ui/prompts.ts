import { AppError } from '../../shared/errors.js';
import { EXIT } from '../../shared/exit.js';

interface Choice<Value> {
  readonly value: Value;
  readonly name: string;
  readonly description?: string;
}

interface Question {
  readonly message: string;
  /** The flag that answers the question where nobody can be asked, such as `--port <n>`. */
  readonly flag: string;
  /** Takes the question back; it then rejects. */
  readonly signal?: AbortSignal;
  /** Leaves nothing of itself on the screen. */
  readonly isClearing?: boolean;
}

type Check = (answer: string) => true | string;

/** Questions to a person. Each throws `needs_answer` without a terminal, naming the flag that would have answered it. */
export interface Prompts {
  readonly isInteractive: boolean;
  confirm(question: Question & { readonly default: boolean }): Promise<boolean>;
  input(question: Question & { readonly default?: string; readonly validate?: Check }): Promise<string>;
  /** What is typed is masked. */
  password(question: Question & { readonly validate?: Check }): Promise<string>;
  select<Value>(question: Question & { readonly choices: readonly Choice<Value>[] }): Promise<Value>;
}

export interface PromptsOptions {
  readonly isInteractive: boolean;
  readonly stdin: NodeJS.ReadableStream;
  /** Questions are talk, so they go to stderr. */
  readonly stderr: NodeJS.WritableStream;
}

interface Place {
  readonly input: NodeJS.ReadableStream;
  readonly output: NodeJS.WritableStream;
  readonly clearPromptOnDone: boolean;
  readonly signal?: AbortSignal;
}

export function openPrompts({ isInteractive, stdin, stderr }: PromptsOptions): Prompts {
  const ask = async <Answer>(
    { message, flag, signal, isClearing = false }: Question,
    show: (library: typeof import('@inquirer/prompts'), place: Place) => Promise<Answer>,
  ): Promise<Answer> => {
    if (!isInteractive) {
      throw new AppError('needs_answer', `"${message}" needs an answer, and there is no terminal to ask on`, {
        hint: `answer it with ${flag}`,
        exitCode: EXIT.usage,
      });
    }
    const library = await import('@inquirer/prompts');
    try {
      return await show(library, {
        input: stdin,
        output: stderr,
        clearPromptOnDone: isClearing,
        ...(signal === undefined ? {} : { signal }),
      });
    } catch (error) {
      if (error instanceof Error && error.name === 'ExitPromptError') {
        throw new AppError('cancelled', 'cancelled, nothing was changed', { cause: error });
      }
      throw error;
    }
  };
  return {
    isInteractive,
    confirm: (question) =>
      ask(question, ({ confirm }, place) => confirm({ message: question.message, default: question.default }, place)),
    input: (question) =>
      ask(question, ({ input }, place) =>
        input(
          {
            message: question.message,
            ...(question.default === undefined ? {} : { default: question.default }),
            ...(question.validate === undefined ? {} : { validate: question.validate }),
          },
          place,
        ),
      ),
    password: (question) =>
      ask(question, ({ password }, place) =>
        password(
          {
            message: question.message,
            mask: '*',
            ...(question.validate === undefined ? {} : { validate: question.validate }),
          },
          place,
        ),
      ),
    select: (question) =>
      ask(question, ({ select }, place) =>
        select({ message: question.message, choices: [...question.choices], loop: false }, place),
      ),
  };
}
