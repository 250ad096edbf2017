import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parsePath } from '../src/daemon/payload/path.js';
import { parseConfig, requireConfig } from '../src/shared/config/load.js';
import { shaped } from './support/payload.js';

const examples = [...readFileSync('docs/payload-rules.md', 'utf8').matchAll(/```yaml\n([\s\S]*?)```/g)].map(
  (match) => match[1] ?? '',
);

test('every example loads without a warning, and its paths can be read', () => {
  expect(examples).toHaveLength(2);
  for (const yaml of examples) {
    const { warnings, config } = requireConfig(parseConfig(`api-keys: [k-1]\n${yaml}`, { path: 'config.yaml' }));
    expect(warnings).toEqual([]);
    const { payload } = config;
    const set = [...payload.default, ...payload.override, ...payload['override-raw']];
    const paths = [
      ...set.flatMap(({ params }) => Object.keys(params)),
      ...payload.filter.flatMap(({ params }) => params),
    ];
    for (const path of paths) expect(parsePath(path), path).toBeDefined();
  }
});

describe('the rules of the example', () => {
  const [rules = ''] = examples;

  test('write a summary for GPT models over the Responses API', () => {
    const body = { reasoning: { effort: 'low' } };
    expect(shaped(rules, body, { models: ['gpt-5.5'], upstream: 'openai-responses' }).toJSON()).toEqual({
      reasoning: { effort: 'low', summary: 'auto' },
    });
  });

  test('send what a batch client asks as flex', () => {
    expect(shaped(rules, {}, { headers: { 'user-agent': 'batch-2' } }).toJSON()).toEqual({ service_tier: 'flex' });
  });

  test('call one tool at a time, where none is forced', () => {
    const run = { models: ['claude-opus-5'], upstream: 'anthropic-messages' } as const;
    const auto = { type: 'auto', disable_parallel_tool_use: true };
    expect(shaped(rules, { tools: [] }, run).toJSON()).toEqual({ tools: [], tool_choice: auto });
    const forced = { tools: [], tool_choice: { type: 'tool', name: 'f' } };
    expect(shaped(rules, forced, run).toJSON()).toEqual(forced);
    expect(shaped(rules, {}, run).toJSON()).toEqual({});
  });

  test('take out the user and every search tool', () => {
    const tools = [{ type: 'web_search' }, { type: 'function' }, { type: 'web_search' }];
    const body = shaped(rules, { user: 'u', tools }, { models: ['acme-large'], client: 'gemini-generate' });
    expect(body.toJSON()).toEqual({ tools: [{ type: 'function' }] });
  });
});
