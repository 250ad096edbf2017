/**
 * Reads JSON forwards, a piece here and there, without building anything of the rest. Bounded: after so many steps it
 * behaves as if the text had ended. For text whose brackets and strings have been checked; what is odd ends it too.
 */
export interface Skim {
  kind(): 'string' | 'array' | 'object' | 'other' | 'end';
  /** The beginning of a string as it is written, escapes included; moves behind it. Anything else is skipped. */
  text(maxBytes: number): string | undefined;
  skip(): void;
  /** Each item or member; `visit` must move behind the value, and says whether to go on. Anything else is skipped. */
  each(kind: 'array' | 'object', visit: (key: string) => boolean): void;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;

/** About a tenth of a millisecond at worst; strings are skipped by a native search, which is one step. */
const MAX_STEPS = 32_768;
const MAX_KEY_BYTES = 64;

export function openSkim(bytes: Buffer, maxSteps = MAX_STEPS): Skim {
  let at = 0;
  let steps = maxSteps;
  const end = bytes.length;

  const stop = (): void => {
    at = end;
  };
  const step = (): void => {
    if (--steps <= 0) stop();
  };
  /** The next byte that is no white space; `undefined` at the end. */
  const next = (): number | undefined => {
    for (; at < end; at++, step()) {
      const byte = bytes[at];
      if (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) return byte;
    }
    return undefined;
  };
  /** From an opening quote to the offset behind the closing one. */
  const passString = (): void => {
    at++;
    while (at < end) {
      step();
      const quote = bytes.indexOf(QUOTE, at);
      if (quote === -1) return stop();
      let back = quote - 1;
      while (back >= at && bytes[back] === BACKSLASH) back--;
      at = quote + 1;
      // An even run of backslashes escapes itself, not the quote.
      if ((quote - back) % 2 === 1) return;
    }
  };
  const passText = (maxBytes: number): string => {
    const start = at + 1;
    passString();
    return bytes.toString('utf8', start, Math.min(start + maxBytes, Math.max(start, at - 1)));
  };
  const skip = (): void => {
    const first = next();
    if (first === QUOTE) return passString();
    let depth = 0;
    while (at < end) {
      const byte = bytes[at];
      if (byte === QUOTE) {
        passString();
        continue;
      }
      if (byte === OPEN_BRACE || byte === OPEN_BRACKET) depth++;
      else if (byte === CLOSE_BRACE || byte === CLOSE_BRACKET) {
        // The bracket of what encloses a number ends it.
        if (depth === 0) return;
        if (--depth === 0) {
          at++;
          return;
        }
      } else if (byte === COMMA && depth === 0) return;
      at++;
      step();
    }
  };
  const kind = (): ReturnType<Skim['kind']> => {
    switch (next()) {
      case undefined:
        return 'end';
      case QUOTE:
        return 'string';
      case OPEN_BRACKET:
        return 'array';
      case OPEN_BRACE:
        return 'object';
      default:
        return 'other';
    }
  };

  return {
    kind,
    skip,
    text(maxBytes) {
      if (next() === QUOTE) return passText(maxBytes);
      skip();
      return undefined;
    },
    each(wanted, visit) {
      if (kind() !== wanted) return skip();
      const close = wanted === 'array' ? CLOSE_BRACKET : CLOSE_BRACE;
      at++;
      for (let byte = next(); byte !== undefined; byte = next()) {
        if (byte === close) {
          at++;
          return;
        }
        if (byte === COMMA) {
          at++;
          step();
          continue;
        }
        let key = '';
        if (wanted === 'object') {
          if (byte !== QUOTE) return stop();
          key = passText(MAX_KEY_BYTES);
          if (next() !== COLON) return stop();
          at++;
        }
        if (!visit(key)) return stop();
        step();
      }
    },
  };
}
