import { type ClientOptions, WebSocket } from 'ws';

/** One event or error frame. */
export interface Frame {
  readonly type: string;
  readonly [member: string]: unknown;
}

export interface SocketClient {
  readonly socket: WebSocket;
  /** Everything received so far. */
  readonly frames: readonly Frame[];
  send(frame: object): void;
  /** Sends a frame, and collects what comes until the answer to it has ended. */
  ask(frame: object): Promise<readonly Frame[]>;
  /** The next frame that is not collected yet. */
  next(): Promise<Frame>;
  /** The code it was closed with. */
  readonly closed: Promise<number>;
}

const LAST = new Set(['response.completed', 'response.incomplete', 'response.failed', 'error']);

/** A plain client of the Responses WebSocket; rejects with the status when the upgrade is refused. */
export async function openSocketClient(url: string, options: ClientOptions): Promise<SocketClient> {
  const socket = new WebSocket(url.replace(/^http/, 'ws'), options);
  const frames: Frame[] = [];
  const unread: Frame[] = [];
  const readers: ((frame: Frame) => void)[] = [];
  const closed = new Promise<number>((resolve) => {
    socket.once('close', resolve);
  });
  socket.on('message', (data) => {
    const frame = JSON.parse(String(data)) as Frame;
    frames.push(frame);
    const reader = readers.shift();
    if (reader === undefined) unread.push(frame);
    else reader(frame);
  });
  await new Promise<void>((resolve, reject) => {
    socket.once('open', resolve);
    socket.once('error', reject);
    socket.once('unexpected-response', (request, response) => {
      let body = '';
      response.on('data', (chunk: Buffer) => {
        body += chunk.toString();
      });
      response.on('end', () => {
        request.destroy();
        reject(Object.assign(new Error(`refused with ${response.statusCode}`), { status: response.statusCode, body }));
      });
    });
  });
  const next = (): Promise<Frame> => {
    const frame = unread.shift();
    return frame === undefined
      ? new Promise((resolve) => {
          readers.push(resolve);
        })
      : Promise.resolve(frame);
  };
  return {
    socket,
    frames,
    closed,
    next,
    send: (frame) => socket.send(JSON.stringify(frame)),
    async ask(frame) {
      socket.send(JSON.stringify(frame));
      const answer: Frame[] = [];
      do answer.push(await next());
      while (!LAST.has(answer.at(-1)?.type ?? ''));
      return answer;
    },
  };
}

/** The response object of an answer's last event. */
export function responseOf(answer: readonly Frame[]): { id: string; output: Record<string, unknown>[]; model: string } {
  return answer.at(-1)?.['response'] as ReturnType<typeof responseOf>;
}

/** The text of an answer, from its deltas. */
export const textOf = (answer: readonly Frame[]): string =>
  answer.map(({ type, delta }) => (type === 'response.output_text.delta' ? String(delta) : '')).join('');
