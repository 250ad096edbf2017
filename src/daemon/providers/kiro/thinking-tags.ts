const OPEN = '<thinking>';
const CLOSE = '</thinking>';
const FENCE = '```';
/** Around a tag that is only talked about. */
const QUOTES: ReadonlySet<string> = new Set(['`', '"', "'", '“', '”', '‘', '’', '«', '»']);

export interface TaggedSinks {
  readonly text: (text: string) => void;
  readonly thinking: (text: string) => void;
}

/** Tells thinking in tags from the text around it, in pieces cut anywhere. */
export interface TagReader {
  push(piece: string): void;
  /** A block ends here: what was held back is told. */
  flush(): void;
}

/**
 * A tag counts outside quotes and code only, and a closing one when an empty line follows, or nothing but white space
 * until the block ends: models write about tags, too. Nothing else is trimmed.
 */
export function openTagReader(sinks: TaggedSinks): TagReader {
  let isInside = false;
  let held = '';
  let last = '';
  let hasText = false;
  let isFenced = false;
  let dropsNewline = false;

  const tell = (piece: string): void => {
    if (piece === '') return;
    if (isInside) sinks.thinking(piece);
    else {
      sinks.text(piece);
      hasText = true;
      // A fence may come in two pieces.
      const fences = `${last}${piece}`.split(FENCE).length - 1;
      if (fences % 2 === 1) isFenced = !isFenced;
    }
    last = `${last}${piece}`.slice(-2);
  };
  const isQuoted = (at: number): boolean => QUOTES.has(at > 0 ? (held[at - 1] ?? '') : last.slice(-1));

  /** `false`: more is needed. */
  const openTag = (): boolean => {
    const at = held.indexOf(OPEN);
    if (at === -1) return false;
    const before = held.slice(0, at);
    const quoted = isQuoted(at);
    if (before.trim() !== '' || hasText) tell(before);
    held = held.slice(at + OPEN.length);
    if (quoted || isFenced) tell(OPEN);
    else {
      isInside = true;
      dropsNewline = true;
      last = '';
    }
    return true;
  };

  const closeTag = (isEnd: boolean): boolean => {
    const at = held.indexOf(CLOSE);
    if (at === -1) return false;
    const after = held.slice(at + CLOSE.length);
    const isUndecided = after === '' || (after.trim() === '' && !after.startsWith('\n\n'));
    if (isUndecided && !isEnd) return false;
    const isReal = !isQuoted(at) && (isUndecided || after.startsWith('\n\n'));
    tell(isReal ? held.slice(0, at) : held.slice(0, at + CLOSE.length));
    held = isReal ? after.replace(isUndecided ? /^\s*$/ : /^\n\n/, '') : after;
    if (isReal) {
      isInside = false;
      last = '';
    }
    return true;
  };

  const read = (isEnd: boolean): void => {
    for (;;) {
      if (isInside && dropsNewline && held !== '') {
        held = held.replace(/^\n/, '');
        dropsNewline = false;
      }
      if (!(isInside ? closeTag(isEnd) : openTag())) break;
    }
    const keep = isEnd ? 0 : heldBack(held, isInside);
    const ready = held.slice(0, held.length - keep);
    held = held.slice(held.length - keep);
    // White space before thinking is no text of its own.
    if (!isInside && !hasText && !isEnd && ready.trim() === '') held = ready + held;
    else tell(ready);
  };

  return {
    push(piece) {
      held += piece;
      read(false);
    },
    flush: () => read(true),
  };
}

/** How many characters at the end may still belong to the tag that is looked for. */
function heldBack(text: string, isInside: boolean): number {
  if (!isInside) return overlap(text, OPEN);
  const at = text.indexOf(CLOSE);
  return at === -1 ? overlap(text, CLOSE) : text.length - at;
}

/** The longest end of `text` that begins `tag`. */
function overlap(text: string, tag: string): number {
  for (let length = Math.min(tag.length - 1, text.length); length > 0; length -= 1) {
    if (tag.startsWith(text.slice(text.length - length))) return length;
  }
  return 0;
}
