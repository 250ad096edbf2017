import type { AppError } from '../../shared/errors.js';
import type { CliContext } from '../context.js';
import { clean } from '../ui/text.js';
import type { LoginScreen } from './drive.js';
import { qrCodeOf, type Room } from './qr-code.js';
import { hasBrowser, isRemote, type Surroundings, tunnelCommand } from './remote.js';
import { deviceText, openUrlText, pasteText, tunnelText } from './words.js';

export interface ScreenOptions {
  readonly context: Pick<CliContext, 'output' | 'prompts' | 'clock'>;
  /** What is logged in to, for people. */
  readonly title: string;
  readonly surroundings: Surroundings;
  readonly isBrowserWanted: boolean;
  readonly openBrowser: (url: string) => Promise<boolean>;
  /** The terminal behind stderr; undefined when it is none. */
  readonly room: Room | undefined;
  /** Given beforehand: the answer to the first secret question, and answers by id. */
  readonly secret: string | undefined;
  readonly answers: Readonly<Record<string, string>>;
}

/** The terms of the vendors' own tools: most people are through by then. */
const PASTE_AFTER_MS = 15_000;

/** Shows a login on the terminal, or line by line where there is none; questions have the terminal for themselves. */
export async function openTerminalScreen(options: ScreenOptions): Promise<LoginScreen> {
  const { context, title, surroundings, openBrowser, room } = options;
  const { output, prompts, clock } = context;
  const { talkColor: color } = output;
  const isBrowserThere = options.isBrowserWanted && hasBrowser(surroundings);
  let waitText = `Starting the login to ${title}...`;
  const waiting = await output.spinner(waitText);
  let secret = options.secret;
  let isUrlShown = false;
  /** Nothing may draw beside a question. */
  let isAsking = false;
  /** Told meanwhile. */
  const held: string[] = [];

  const wait = (text: string): void => {
    waitText = text;
    if (!isAsking) waiting.update(text);
  };
  const say = (text: string): void => {
    waiting.hide();
    output.note(text);
  };
  const alone = async (ask: () => Promise<string>): Promise<string> => {
    isAsking = true;
    waiting.hide();
    try {
      return await ask();
    } finally {
      isAsking = false;
      for (const message of held.splice(0)) say(color.dim(clean(message)));
      waiting.update(waitText);
    }
  };

  return {
    // Nobody is led back to this machine where no browser runs on it: then there is no point in waiting first.
    pasteAfterMs: isBrowserThere ? PASTE_AFTER_MS : 0,
    async show(event) {
      switch (event.type) {
        case 'open-url': {
          const isOpened = isBrowserThere && (await openBrowser(event.url));
          say(openUrlText(event, isOpened, color));
          const tunnel = tunnelCommand(new URL(event.redirectUri).port, surroundings.env);
          if (!isOpened && isRemote(surroundings)) say(tunnelText(tunnel, color));
          else if (!isOpened && prompts.isInteractive) say(pasteText(color));
          isUrlShown = true;
          return wait(`Waiting for ${title} authentication callback...`);
        }
        case 'device-code': {
          // Beside an address that has to be opened here, a picture for a phone only takes room.
          const isPictured = room !== undefined && !isUrlShown;
          const qrCode = !isPictured ? undefined : await qrCodeOf(event.completeUrl ?? event.url, room, color);
          const text = deviceText(event, { color, now: clock.now(), isAlternative: isUrlShown, qrCode });
          say(text);
          return wait(isUrlShown ? waitText : `Waiting for ${title} to confirm the code...`);
        }
        case 'progress':
          if (isAsking) held.push(event.message);
          else say(color.dim(clean(event.message)));
          return wait(waitText);
      }
    },
    async answer(question, signal) {
      const { id, message, choices, fallback } = question;
      const given = options.answers[id] ?? (question.secret ? secret : undefined);
      if (given !== undefined) {
        secret = undefined;
        return given;
      }
      if (fallback !== undefined && !prompts.isInteractive) return fallback;
      const asked = { message: clean(message), signal };
      return alone(async () => {
        if (choices !== undefined) {
          const offered = choices.map(({ value, label }) => ({ value, name: clean(label) }));
          return prompts.select({ ...asked, flag: `--answer ${id}=<value>`, choices: offered });
        }
        if (question.secret)
          return (await prompts.password({ ...asked, flag: TOKEN_FLAGS, validate: isFilled })).trim();
        return (await prompts.input({ ...asked, flag: `--answer ${id}=<value>` })).trim();
      });
    },
    async paste(signal) {
      if (!prompts.isInteractive) return undefined;
      return alone(async () =>
        (
          await prompts.input({
            message: 'Or paste the address the browser ended at:',
            flag: '--method device',
            signal,
            isClearing: true,
            validate: (text) => text.trim() !== '' || 'still waiting; paste it when you have it',
          })
        ).trim(),
      );
    },
    complain(error: AppError) {
      if (!prompts.isInteractive) throw error;
      waiting.hide();
      output.warn(error.message, error.hint);
    },
    close: () => waiting.stop(),
  };
}

export const TOKEN_FLAGS = '--token-stdin, --token-file <file> or --token-env <name>';

const isFilled = (text: string): true | string => text.trim() !== '' || 'paste it, then press Enter';
