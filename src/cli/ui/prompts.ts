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

export function openPrompts({ isInteractive, stdin, stderr }: PromptsOptions): Prompts {
  const streams = { input: stdin, output: stderr };
  const ask = async <Answer>(
    { message, flag }: Question,
    show: (library: typeof import('@inquirer/prompts')) => Promise<Answer>,
  ): Promise<Answer> => {
    if (!isInteractive) {
      throw new AppError('needs_answer', `"${message}" needs an answer, and there is no terminal to ask on`, {
        hint: `answer it with ${flag}`,
        exitCode: EXIT.usage,
      });
    }
    const library = await import('@inquirer/prompts');
    try {
      return await show(library);
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
      ask(question, ({ confirm }) => confirm({ message: question.message, default: question.default }, streams)),
    input: (question) =>
      ask(question, ({ input }) =>
        input(
          {
            message: question.message,
            ...(question.default === undefined ? {} : { default: question.default }),
            ...(question.validate === undefined ? {} : { validate: question.validate }),
          },
          streams,
        ),
      ),
    password: (question) =>
      ask(question, ({ password }) =>
        password(
          {
            message: question.message,
            mask: '*',
            ...(question.validate === undefined ? {} : { validate: question.validate }),
          },
          streams,
        ),
      ),
    select: (question) =>
      ask(question, ({ select }) =>
        select({ message: question.message, choices: [...question.choices], loop: false }, streams),
      ),
  };
}
