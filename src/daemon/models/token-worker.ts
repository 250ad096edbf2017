import { parentPort } from 'node:worker_threads';
import { countTokens } from 'gpt-tokenizer/encoding/o200k_base';

/** One question; answered with the same id. */
export interface CountQuestion {
  readonly id: number;
  readonly text: string;
}
export interface CountAnswer {
  readonly id: number;
  readonly tokens: number;
}

// Special tokens in a prompt are plain text to us.
parentPort?.on('message', ({ id, text }: CountQuestion) => {
  const answer: CountAnswer = { id, tokens: countTokens(text, { allowedSpecial: 'all' }) };
  parentPort?.postMessage(answer);
});
