import { Chalk, type ChalkInstance, supportsColor, supportsColorStderr } from 'chalk';
import { envelope } from './envelope.js';
import type { Failure } from './failure.js';

/** The streams a command writes to; `process.stdout` and `process.stderr` fit. */
interface OutputStream {
  write(text: string): unknown;
  readonly isTTY?: boolean;
  readonly columns?: number;
}

export interface Spinner {
  /** Shows itself again where it was hidden. */
  update(text: string): void;
  /** Makes room for other words. */
  hide(): void;
  /** Removes the line; the command prints what came of it. */
  stop(): void;
}

/** Where a command's words go: data to stdout, talk to stderr, and with `--json` one envelope and nothing else. */
export interface Output {
  readonly isJson: boolean;
  /** Colours for stdout; plain when it is no terminal or `NO_COLOR` is set. */
  readonly color: ChalkInstance;
  /** Colours for stderr. */
  readonly talkColor: ChalkInstance;
  /** Width of the terminal behind stdout; undefined in a pipe. */
  readonly width: number | undefined;
  /** The name that envelopes carry, such as `keys add`. */
  setCommand(name: string): void;
  /** The command's one result: `details` as envelope, or the text for people on stdout. `ok` defaults to true. */
  result(details: object, text: () => string, ok?: boolean): void;
  /** A line of data on stdout as it comes (streams such as `logs`), in JSON mode too. */
  line(text: string): void;
  /** A line of talk on stderr; silent in JSON mode. */
  note(text: string): void;
  warn(message: string, hint?: string): void;
  /** A failure that ends the command. */
  fail(failure: Failure): void;
  spinner(text: string): Promise<Spinner>;
}

export interface OutputOptions {
  readonly stdout: OutputStream;
  readonly stderr: OutputStream;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly isJson: boolean;
  readonly command: string;
  readonly now: () => number;
}

const SILENT: Spinner = { update: () => undefined, hide: () => undefined, stop: () => undefined };

export function openOutput(options: OutputOptions): Output {
  const { stdout, stderr, env, isJson } = options;
  let command = options.command;
  const isPlain = (env['NO_COLOR'] ?? '') !== '';
  const color = new Chalk({ level: isPlain || supportsColor === false ? 0 : supportsColor.level });
  const talkColor = new Chalk({ level: isPlain || supportsColorStderr === false ? 0 : supportsColorStderr.level });
  const print = (text: string): void => {
    if (text !== '') stdout.write(`${text}\n`);
  };
  const note = (text: string): void => {
    if (!isJson) stderr.write(`${text}\n`);
  };
  return {
    isJson,
    color,
    talkColor,
    width: stdout.isTTY === true ? (stdout.columns ?? 80) : undefined,
    setCommand(name) {
      command = name;
    },
    result(details, text, ok = true) {
      if (isJson) print(envelope({ command, ok, details, at: options.now() }));
      else print(text());
    },
    line: print,
    note,
    warn(message, hint) {
      note(`${talkColor.yellow('warning:')} ${message}`);
      if (hint !== undefined) note(`${talkColor.dim('hint:')} ${hint}`);
    },
    fail(failure) {
      if (isJson) return print(envelope({ command, ok: false, details: failure.details, at: options.now() }));
      note(`${talkColor.red('error:')} ${failure.message}`);
      if (failure.hint !== undefined) note(`${talkColor.dim('hint:')} ${failure.hint}`);
    },
    async spinner(text) {
      if (isJson || stderr.isTTY !== true) return SILENT;
      const { default: ora } = await import('ora');
      const spinner = ora({ text, color: isPlain ? false : 'cyan', discardStdin: false }).start();
      return {
        update(next) {
          spinner.text = next;
          if (!spinner.isSpinning) spinner.start();
        },
        hide() {
          spinner.stop();
        },
        stop() {
          spinner.stop();
        },
      };
    },
  };
}
