// The two baselines: what a gateway costs that does nothing but pass on (`relay`), or nothing but turn messages streams
// into chat streams (`translate`). Hono routing, undici's raw dispatch, node's response. No access control, no logs.
import { createServer } from 'node:http';
import { getRequestListener } from '@hono/node-server';
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response';
import { Hono } from 'hono';
import { Pool } from 'undici';

const [, , mode, upstreamOrigin, basePath] = process.argv;
const pool = new Pool(upstreamOrigin, { connections: null, pipelining: 1 });
const app = new Hono();

app.post('/v1/chat/completions', async (c) => {
  const { incoming, outgoing } = c.env;
  const chunks = [];
  await new Promise((resolve) => {
    incoming.on('data', (chunk) => chunks.push(chunk));
    incoming.on('end', resolve);
  });
  const body = chunks.length === 1 ? chunks[0] : Buffer.concat(chunks);
  const convert = mode === 'translate';
  const path = `${basePath}/${convert ? 'messages' : 'chat/completions'}`;
  pool.dispatch(
    {
      path,
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: 'Bearer bench' },
      body: convert ? toMessages(body) : body,
    },
    handler(outgoing, convert),
  );
  return RESPONSE_ALREADY_SENT;
});

function handler(outgoing, convert) {
  let decoder;
  let whole = '';
  return {
    onRequestStart(controller) {
      outgoing.on('close', () => outgoing.writableFinished || controller.abort(new Error('client gone')));
      outgoing.on('drain', () => controller.resume());
    },
    onResponseStart(_controller, status, headers) {
      const isStream = String(headers['content-type']).includes('event-stream');
      if (convert) decoder = isStream ? openChat(outgoing) : undefined;
      outgoing.writeHead(status, { 'content-type': headers['content-type'] });
    },
    onResponseData(controller, chunk) {
      if (convert && decoder === undefined) {
        whole += chunk;
        return;
      }
      const ok = decoder === undefined ? outgoing.write(chunk) : decoder(chunk);
      if (!ok) controller.pause();
    },
    onResponseEnd() {
      if (convert && decoder === undefined) outgoing.end(toChatAnswer(JSON.parse(whole)));
      else outgoing.end();
    },
    onResponseError() {
      outgoing.destroy();
    },
  };
}

function toMessages(body) {
  const { messages, tools, max_tokens = 1024, model, stream } = JSON.parse(body);
  return JSON.stringify({
    model,
    stream,
    max_tokens,
    messages: messages.map(({ role, content }) => ({ role, content })),
    ...(tools && {
      tools: tools.map(({ function: { name, description, parameters } }) => ({
        name,
        description,
        input_schema: parameters,
      })),
    }),
  });
}

const toChatAnswer = ({ id, content, usage }) =>
  JSON.stringify({
    id,
    object: 'chat.completion',
    created: 1,
    model: 'bench',
    choices: [
      {
        index: 0,
        message: { role: 'assistant', content: content.map(({ text }) => text).join('') },
        finish_reason: 'stop',
      },
    ],
    usage: {
      prompt_tokens: usage.input_tokens,
      completion_tokens: usage.output_tokens,
      total_tokens: usage.input_tokens + usage.output_tokens,
    },
  });

function openChat(outgoing) {
  let rest = '';
  const head =
    'data: {"id":"m1","object":"chat.completion.chunk","created":1,"model":"bench","choices":[{"index":0,"delta":';
  const text = new TextDecoder();
  return (chunk) => {
    rest += text.decode(chunk, { stream: true });
    let out = '';
    let at = 0;
    for (;;) {
      const end = rest.indexOf('\n\n', at);
      if (end === -1) break;
      const data = rest.slice(rest.indexOf('data: ', at) + 6, end);
      at = end + 2;
      const frame = JSON.parse(data);
      if (frame.type === 'message_start') out += `${head}{"role":"assistant","content":""},"finish_reason":null}]}\n\n`;
      else if (frame.type === 'content_block_delta')
        out += `${head}{"content":${JSON.stringify(frame.delta.text)}},"finish_reason":null}]}\n\n`;
      else if (frame.type === 'message_delta') out += `${head}{},"finish_reason":"stop"}]}\n\n`;
      else if (frame.type === 'message_stop') out += 'data: [DONE]\n\n';
    }
    rest = rest.slice(at);
    return out === '' || outgoing.write(out);
  };
}

const server = createServer(getRequestListener(app.fetch, { overrideGlobalObjects: false }));
server.keepAliveTimeout = 60_000;
server.listen({ port: 0, host: '127.0.0.1', backlog: 4096 }, () => process.send({ port: server.address().port }));
process.on('disconnect', () => process.exit(0));
