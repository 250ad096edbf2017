// A Messages request for a Chat Completions server, and its stream on the way back. Needs no network: the "server"
// below answers from a list. Run it with `node docs/examples/translate.js`.
import { openTranslator, translateRequest } from 'cliproxyctl/translate';

const request = {
  model: 'claude-sonnet-4-5',
  max_tokens: 100,
  stream: true,
  top_k: 5,
  messages: [{ role: 'user', content: 'Say hello.' }],
};
const between = { from: 'anthropic-messages', to: 'openai-chat' };

const { body, warnings, restore } = translateRequest({ ...between, body: request, model: 'acme-large' });
console.log('to the server:', JSON.stringify(body));
for (const { path, reason } of warnings) console.log(`left out: ${path} (${reason})`);

const fromTheServer = [
  'data: {"id":"1","object":"chat.completion.chunk","created":1,"model":"acme-large","choices":[{"index":0,"delta":{"role":"assistant","content":"Hello"},"finish_reason":null}]}\n\n',
  'data: {"id":"1","object":"chat.completion.chunk","created":1,"model":"acme-large","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\n',
  'data: [DONE]\n\n',
];
const translator = openTranslator({ ...between, request, restore, model: request.model });
for (const chunk of fromTheServer) process.stdout.write(translator.push(chunk));
process.stdout.write(translator.end());
