import type { ModelRequest, Part } from '../ir/request.js';

/** What an image costs when nobody can tell its size: the common charge of a 1024 px tile grid. */
const MEDIA_TOKENS = 1600;
/** Role markers and separators that chat formats put around each message. */
const MESSAGE_TOKENS = 4;

export interface TokenText {
  /** Everything that is text, to be counted by a tokenizer. */
  readonly text: string;
  /** What is charged beside the text. */
  readonly extraTokens: number;
}

/** Collects what counts as input of a request. */
export function tokenText(request: ModelRequest): TokenText {
  const pieces: string[] = [];
  let extraTokens = 3;
  const visit = (part: Part): void => {
    switch (part.type) {
      case 'text':
      case 'reasoning':
        pieces.push(part.text);
        break;
      case 'tool-call':
        pieces.push(part.name, part.input);
        break;
      case 'tool-result':
        for (const inner of part.content) visit(inner);
        break;
      case 'media':
        extraTokens += MEDIA_TOKENS;
        break;
      case 'search':
      case 'native':
        pieces.push(JSON.stringify(part.type === 'native' ? part.value : part.results));
        break;
    }
  };
  for (const message of request.messages) {
    extraTokens += MESSAGE_TOKENS;
    for (const part of message.content) visit(part);
  }
  for (const tool of request.tools) {
    if (tool.kind === 'hosted') continue;
    extraTokens += MESSAGE_TOKENS;
    pieces.push(tool.name, tool.description ?? '', JSON.stringify(tool.kind === 'function' ? (tool.schema ?? {}) : {}));
  }
  if (request.output?.type === 'json-schema') pieces.push(JSON.stringify(request.output.schema));
  return { text: pieces.join('\n'), extraTokens };
}
