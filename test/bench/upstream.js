// A mock upstream that costs as little as possible: ready-made bytes, in the pace its path asks for.
// Paths: /<chunks>/<intervalMs>/<dialect path>; interval 0 writes all chunks at once.
import { createServer } from 'node:http';

const WORDS = 'the quick brown fox jumps over the lazy dog while the band plays on and on again until dawn comes'.split(
  ' ',
);
const TEXT = `${WORDS.join(' ')} `;

const chat = {
  head: 'data: {"id":"c1","object":"chat.completion.chunk","created":1,"model":"bench","choices":[{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null}]}\n\n',
  chunk: `data: {"id":"c1","object":"chat.completion.chunk","created":1,"model":"bench","choices":[{"index":0,"delta":{"content":${JSON.stringify(TEXT)}},"finish_reason":null}]}\n\n`,
  tail: 'data: {"id":"c1","object":"chat.completion.chunk","created":1,"model":"bench","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\ndata: {"id":"c1","object":"chat.completion.chunk","created":1,"model":"bench","choices":[],"usage":{"prompt_tokens":9,"completion_tokens":9,"total_tokens":18}}\n\ndata: [DONE]\n\n',
  whole: JSON.stringify({
    id: 'c1',
    object: 'chat.completion',
    created: 1,
    model: 'bench',
    choices: [{ index: 0, message: { role: 'assistant', content: TEXT }, finish_reason: 'stop' }],
    usage: { prompt_tokens: 9, completion_tokens: 9, total_tokens: 18 },
  }),
};
const event = (type, rest) => `event: ${type}\ndata: ${JSON.stringify({ type, ...rest })}\n\n`;
const messages = {
  head:
    event('message_start', {
      message: {
        id: 'm1',
        type: 'message',
        role: 'assistant',
        model: 'bench',
        content: [],
        stop_reason: null,
        stop_sequence: null,
        usage: { input_tokens: 9, output_tokens: 1 },
      },
    }) + event('content_block_start', { index: 0, content_block: { type: 'text', text: '' } }),
  chunk: event('content_block_delta', { index: 0, delta: { type: 'text_delta', text: TEXT } }),
  tail:
    event('content_block_stop', { index: 0 }) +
    event('message_delta', { delta: { stop_reason: 'end_turn', stop_sequence: null }, usage: { output_tokens: 9 } }) +
    event('message_stop', {}),
  whole: JSON.stringify({
    id: 'm1',
    type: 'message',
    role: 'assistant',
    model: 'bench',
    content: [{ type: 'text', text: TEXT }],
    stop_reason: 'end_turn',
    stop_sequence: null,
    usage: { input_tokens: 9, output_tokens: 9 },
  }),
};

const server = createServer((request, response) => {
  const [, count, interval, ...rest] = request.url.split('/');
  const wire = rest.at(-1) === 'messages' ? messages : chat;
  let wantsStream = false;
  request.on('data', (bytes) => {
    wantsStream ||= bytes.includes('"stream":true');
  });
  request.on('end', () => {
    if (!wantsStream) {
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(wire.whole) });
      response.end(wire.whole);
      return;
    }
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    stream(response, wire, Number(count), Number(interval));
  });
});

function stream(response, wire, count, intervalMs) {
  if (intervalMs === 0) {
    response.end(wire.head + wire.chunk.repeat(count) + wire.tail);
    return;
  }
  response.write(wire.head);
  let sent = 0;
  const timer = setInterval(() => {
    sent++;
    response.write(wire.chunk);
    if (sent < count) return;
    clearInterval(timer);
    response.end(wire.tail);
  }, intervalMs);
  response.on('close', () => clearInterval(timer));
}

server.keepAliveTimeout = 60_000;
server.listen({ port: 0, host: '127.0.0.1', backlog: 4096 }, () => process.send({ port: server.address().port }));
process.on('disconnect', () => process.exit(0));
