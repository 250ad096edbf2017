import { mergeUsage, type Usage } from '../../ir/usage.js';
import type { EncodeContext, StreamEncoder } from '../dialect.js';
import { echoOf, encodeUsage, finishWord, textOf, wantsUsage } from './answer.js';
import { encodeStreamError } from './errors.js';

/** Writes `text_completion` chunks. A completion is text: every other kind of block is left out. */
export function openEncoder(context: EncodeContext): StreamEncoder {
  let head = '';
  let usage: Usage = {};
  const chunk = (index: number, text: string, finish = 'null'): string =>
    `${head}{"text":${text},"index":${index},"logprobs":null,"finish_reason":${finish}}]}`;

  return {
    write(event, out) {
      switch (event.type) {
        case 'text-delta':
          return out(undefined, chunk(0, JSON.stringify(event.text)));
        case 'response-start': {
          const fields = {
            id: event.id ?? context.newId('cmpl-'),
            object: 'text_completion',
            created: Math.floor(context.now() / 1000),
            model: context.model,
          };
          head = `${JSON.stringify(fields).slice(0, -1)},"choices":[`;
          const echo = echoOf(context.request);
          if (echo !== '') out(undefined, chunk(0, JSON.stringify(echo)));
          return;
        }
        case 'usage':
          usage = mergeUsage(usage, event.usage);
          return;
        case 'response-end': {
          out(undefined, chunk(0, '""', JSON.stringify(finishWord(event.finish))));
          (event.alternatives ?? []).forEach(({ content, finish }, at) => {
            const text = echoOf(context.request) + textOf(content);
            out(undefined, chunk(at + 1, JSON.stringify(text), JSON.stringify(finishWord(finish))));
          });
          if (wantsUsage(context.request)) out(undefined, `${head}],"usage":${JSON.stringify(encodeUsage(usage))}}`);
          return out(undefined, '[DONE]');
        }
        case 'error':
          return encodeStreamError(event.error, out);
        default:
          return;
      }
    },
  };
}
