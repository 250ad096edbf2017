import type { ChalkInstance } from 'chalk';
import { displayWidth } from '../ui/text.js';

const MARGIN = '  ';
/** The address, the code and the line that waits share the screen with it. */
const OTHER_ROWS = 12;

export interface Room {
  readonly columns: number;
  readonly rows: number;
}

/** The text as a QR code, dark on light whatever the terminal's own colours; undefined where it does not fit. */
export async function qrCodeOf(text: string, room: Room, color: ChalkInstance): Promise<string | undefined> {
  const { renderUnicodeCompact } = await import('uqr');
  const lines = renderUnicodeCompact(text, { ecc: 'L', border: 2 }).split('\n');
  const width = displayWidth(lines[0] ?? '') + MARGIN.length;
  if (width > room.columns || lines.length + OTHER_ROWS > room.rows) return undefined;
  return lines.map((line) => MARGIN + color.bgBlack.whiteBright(line)).join('\n');
}
