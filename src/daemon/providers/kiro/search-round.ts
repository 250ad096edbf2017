import {
  ERROR_FRAME,
  EXCEPTION_FRAME,
  encodeAwsFrame,
  openAwsEventStreamDeframer,
} from '../../framing/aws-event-stream.js';
import { isObject, type JsonObject, parseJson } from '../../ir/json.js';
import { readToolInput } from './tool-input.js';
import { SEARCH_TOOL } from './tool-specs.js';

export interface SearchCall {
  readonly id: string;
  readonly query: string;
}

/** What one round of the model leaves behind. */
export interface Round {
  push(chunk: Buffer): void;
  end(): void;
  /** The searches it asked for, where nothing else stands in the way of running them. */
  searches(): readonly SearchCall[];
  /** What it said. */
  readonly text: string;
}

/** Passes the frames of a round on as they come, but for the calls of the search. */
export function openRound(pass: (frame: Buffer) => void): Round {
  const calls = new Map<string, string[]>();
  let text = '';
  let isOver = false;

  const take = (event = '', data: string): void => {
    const parsed = parseJson(data);
    const payload = isObject(parsed) ? parsed : {};
    const inner = isObject(payload[event]) ? payload[event] : payload;
    const { toolUseId: id, name, input, content } = inner;
    if (event === 'toolUseEvent' && typeof id === 'string' && (name === SEARCH_TOOL || calls.has(id))) {
      const pieces = calls.get(id) ?? [];
      calls.set(id, pieces);
      pieces.push(isObject(input) ? JSON.stringify(input) : typeof input === 'string' ? input : '');
      return;
    }
    // The client's own tool, or a failure: the client goes on from here.
    if (event === 'toolUseEvent' || event.startsWith(':')) isOver = true;
    if (event === 'assistantResponseEvent' && typeof content === 'string') text += content;
    pass(reframed(event, data));
  };
  const deframer = openAwsEventStreamDeframer(take);

  return {
    push: (chunk) => deframer.push(chunk),
    end: () => deframer.end(),
    get text() {
      return text;
    },
    searches() {
      if (isOver) return [];
      return [...calls].flatMap(([id, pieces]): SearchCall[] => {
        const query = readToolInput(pieces.join(''))?.value['query'];
        return typeof query === 'string' && query.trim() !== '' ? [{ id, query }] : [];
      });
    },
  };
}

function reframed(event: string, data: string): Buffer {
  if (event.startsWith(EXCEPTION_FRAME)) return exceptionFrame(event.slice(EXCEPTION_FRAME.length), data);
  if (event.startsWith(ERROR_FRAME)) return exceptionFrame(event.slice(ERROR_FRAME.length), data);
  // Damage stays damage: it is told as an exception without a name.
  if (event.startsWith(':')) return exceptionFrame('', data);
  return eventFrame(event, data);
}

export const eventFrame = (event: string, data: string): Buffer =>
  encodeAwsFrame({ ':message-type': 'event', ':event-type': event }, data);

export const exceptionFrame = (name: string, data: string): Buffer =>
  encodeAwsFrame({ ':message-type': 'exception', ':exception-type': name }, data);

/** The body of the next round: what was said and searched goes into the history, what was found is the new message. */
export function nextBody(
  body: JsonObject,
  said: string,
  found: readonly { readonly call: SearchCall; readonly text: string; readonly isError: boolean }[],
): JsonObject {
  const state = objectOf(body['conversationState']);
  const current = objectOf(state['currentMessage']);
  const input = objectOf(current['userInputMessage']);
  const { tools, ...context } = objectOf(input['userInputMessageContext']);
  const { userInputMessageContext: _context, ...question } = input;
  const { images: _images, ...plain } = question;
  const history = Array.isArray(state['history']) ? state['history'] : [];
  // Tools belong to the current message only.
  const asked = {
    ...question,
    ...(Object.keys(context).length === 0 ? {} : { userInputMessageContext: context }),
  };
  return {
    ...body,
    conversationState: {
      ...state,
      history: [
        ...history,
        { userInputMessage: asked },
        {
          assistantResponseMessage: {
            content: said.trim() === '' ? '.' : said,
            toolUses: found.map(({ call }) => ({
              toolUseId: call.id,
              name: SEARCH_TOOL,
              input: { query: call.query },
            })),
          },
        },
      ],
      currentMessage: {
        userInputMessage: {
          ...plain,
          content: 'Tool results are attached.',
          userInputMessageContext: {
            ...(tools === undefined ? {} : { tools }),
            toolResults: found.map(({ call, text, isError }) => ({
              toolUseId: call.id,
              status: isError ? 'error' : 'success',
              content: [{ text }],
            })),
          },
        },
      },
    },
  };
}

const objectOf = (value: JsonObject[string]): JsonObject => (isObject(value) ? value : {});
