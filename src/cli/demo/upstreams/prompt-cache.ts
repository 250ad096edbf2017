/** Much less than the vendors' 1024, so that a short prompt shows it too. */
const STEP = 16;
const CHARS_PER_TOKEN = 4;
const MAX_REMEMBERED = 32;
const MAX_COMPARED_CHARS = 65_536;

export const tokensOf = (text: string): number => Math.ceil(text.length / CHARS_PER_TOKEN);

/** Remembers what was sent before, to tell how much of the next prompt is a repetition. */
export interface PromptCache {
  /** Tokens at the start of the prompt that an earlier one began with too; remembers this one. */
  reuse(prompt: string): number;
}

export function openPromptCache(): PromptCache {
  const remembered: string[] = [];
  return {
    reuse(prompt) {
      const text = prompt.slice(0, MAX_COMPARED_CHARS);
      const longest = Math.max(0, ...remembered.map((earlier) => commonPrefix(earlier, text)));
      if (!remembered.includes(text)) remembered.push(text);
      if (remembered.length > MAX_REMEMBERED) remembered.shift();
      const tokens = Math.floor(longest / CHARS_PER_TOKEN);
      return tokens - (tokens % STEP);
    },
  };
}

function commonPrefix(a: string, b: string): number {
  const end = Math.min(a.length, b.length);
  let length = 0;
  while (length < end && a.charCodeAt(length) === b.charCodeAt(length)) length += 1;
  return length;
}
