import type { ChalkInstance } from 'chalk';
import type { LoginEventView, LoginProviderView } from '../../shared/contract/logins.js';
import { clean, duration } from '../ui/text.js';

const STANDING = {
  permitted: { words: 'permitted by its terms', paint: 'green' },
  unclear: { words: 'unclear in its terms', paint: 'yellow' },
  forbidden: { words: 'forbidden by its terms', paint: 'red' },
} as const;

/** The policy card in one line. */
export const policyWords = ({ title, policy }: LoginProviderView): string =>
  `${title}: gateway use is ${STANDING[policy.standing].words}; ${policy.summary}`;

/** The policy card: what the vendor's terms say, whom the consent page will name, and who says so. */
export function policyCard(provider: LoginProviderView, color: ChalkInstance, width: number): string {
  const { title, policy } = provider;
  const { words, paint } = STANDING[policy.standing];
  const rows: readonly (readonly [string, string])[] = [
    ['terms', policy.summary],
    ['client', `the consent page will name ${policy.clientOwner}`],
    ...policy.sources.map(({ url, date }, index) => [index === 0 ? 'source' : '', `${date}  ${url}`] as const),
  ];
  return [
    `${color.bold(clean(title))}: gateway use is ${color[paint](words)}`,
    ...rows.flatMap(([name, text]) =>
      wrap(clean(text), width - INDENT).map(
        (line, index) => `  ${color.dim((index === 0 ? name : '').padEnd(INDENT - 4))}  ${line}`,
      ),
    ),
  ].join('\n');
}

const INDENT = 10;

/** Lines of at most `width` signs, broken between words. */
function wrap(text: string, width: number): readonly string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line];
}

type EventOf<Type extends LoginEventView['type']> = Extract<LoginEventView, { type: Type }>;

/** The address stands alone and unbroken on its line, so that it can be copied whole. */
export const openUrlText = ({ url }: EventOf<'open-url'>, isOpened: boolean, color: ChalkInstance): string =>
  [
    isOpened ? 'Your browser has been opened; if not, open this address:' : 'Open this address in a browser:',
    '',
    color.cyan(clean(url)),
    '',
  ].join('\n');

export interface DeviceTextOptions {
  readonly color: ChalkInstance;
  /** Epoch milliseconds. */
  readonly now: number;
  /** Another way stands on the screen already. */
  readonly isAlternative: boolean;
  /** The address as a picture, where it fits. */
  readonly qrCode: string | undefined;
}

export const deviceText = (
  { url, userCode, expiresAt }: EventOf<'device-code'>,
  { color, now, isAlternative, qrCode }: DeviceTextOptions,
): string =>
  [
    isAlternative
      ? 'Or, on any other device, open this page and enter the code:'
      : 'Open this page on any device and enter the code:',
    '',
    `  page  ${color.cyan(clean(url))}`,
    `  code  ${color.bold(clean(userCode))}  ${color.dim(`valid for ${duration(expiresAt - now)}`)}`,
    ...(qrCode === undefined ? [] : ['', qrCode]),
    '',
  ].join('\n');

/** Where no browser was opened, and nothing tells where one runs. */
export const pasteText = (color: ChalkInstance): string =>
  color.dim(
    'If that browser runs on another machine, it ends at an address it cannot open:\nthat is fine, paste that address here.\n',
  );

export const tunnelText = (command: string, color: ChalkInstance): string =>
  [
    'The browser runs on another machine? Then either run this there first, in a second terminal:',
    `  ${color.cyan(command)}`,
    'or log in there as it is: at its end the browser shows an address it cannot open; paste that one here.',
    '',
  ].join('\n');
