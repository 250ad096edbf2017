/** A text block of an answer, and where it begins in the answer's whole text. */
export interface TextSpan {
  readonly index: number;
  readonly start: number;
  readonly text: string;
}

/** Google counts UTF-8 bytes, we count UTF-16 units; `undefined` when the byte stands inside a character or too far. */
export function unitOfByte(text: string, byte: number): number | undefined {
  let bytes = 0;
  let unit = 0;
  while (bytes < byte && unit < text.length) {
    const code = text.codePointAt(unit) ?? 0;
    bytes += code < 0x80 ? 1 : code < 0x8_00 ? 2 : code < 0x1_00_00 ? 3 : 4;
    unit += code > 0xff_ff ? 2 : 1;
  }
  return bytes === byte ? unit : undefined;
}

export const byteOfUnit = (text: string, unit: number): number => byteLength(text.slice(0, unit));

export const byteLength = (text: string): number => new TextEncoder().encode(text).length;

export interface Range {
  readonly start: number;
  readonly end: number;
}

/**
 * Where a grounded segment stands in the text. Offsets are bytes by most accounts, and begin anew in each part of an
 * unstreamed answer, so they are believed only when the segment's own text is found there.
 */
export function findSegment(
  whole: string,
  segment: { start: number; end: number; text: string | undefined },
): Range | undefined {
  const { start, end, text } = segment;
  const fromBytes = rangeOf(unitOfByte(whole, start), unitOfByte(whole, end));
  if (text === undefined || text === '') return fromBytes;
  const candidates = [fromBytes, rangeOf(start, end)];
  const right = candidates.find((range) => range !== undefined && whole.slice(range.start, range.end) === text);
  if (right !== undefined) return right;
  const found = whole.indexOf(text);
  return found === -1 ? undefined : { start: found, end: found + text.length };
}

const rangeOf = (start: number | undefined, end: number | undefined): Range | undefined =>
  start === undefined || end === undefined || end <= start ? undefined : { start, end };
