/**
 * The JSON text of the member `response`, which the service puts around every answer; the text itself where there is none,
 * as with errors. What is inside is not parsed.
 */
export function unwrapped(json: string): string {
  let at = skipSpace(json, 0);
  if (json[at] !== '{') return json;
  at = skipSpace(json, at + 1);
  while (json[at] === '"') {
    const keyEnd = stringEnd(json, at);
    const key = json.slice(at + 1, keyEnd - 1);
    at = skipSpace(json, keyEnd);
    if (json[at] !== ':') return json;
    const start = skipSpace(json, at + 1);
    const end = valueEnd(json, start);
    if (key === 'response') return json[start] === '{' ? json.slice(start, end) : json;
    at = skipSpace(json, end);
    if (json[at] !== ',') return json;
    at = skipSpace(json, at + 1);
  }
  return json;
}

function skipSpace(text: string, from: number): number {
  let at = from;
  while (at < text.length && ' \n\r\t'.includes(text.charAt(at))) at++;
  return at;
}

/** Behind the closing quote. */
function stringEnd(text: string, open: number): number {
  let at = open + 1;
  for (;;) {
    const quote = text.indexOf('"', at);
    if (quote === -1) return text.length;
    let back = quote - 1;
    while (text[back] === '\\') back--;
    at = quote + 1;
    // An even run of backslashes escapes itself, not the quote.
    if ((quote - back) % 2 === 1) return at;
  }
}

function valueEnd(text: string, from: number): number {
  let depth = 0;
  let at = from;
  while (at < text.length) {
    const char = text[at];
    if (char === '"') {
      at = stringEnd(text, at);
      if (depth === 0) return at;
      continue;
    }
    if (char === '{' || char === '[') depth++;
    else if (char === '}' || char === ']') {
      if (depth === 0) return at;
      if (--depth === 0) return at + 1;
    } else if (char === ',' && depth === 0) return at;
    at++;
  }
  return at;
}
