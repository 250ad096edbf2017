import { describe, expect, test } from 'vitest';
import { decodeError } from '../../../../src/daemon/dialects/openai-responses/errors.js';
import { judge } from '../../../../src/daemon/engine/verdict.js';
import type { FailureFacts } from '../../../../src/daemon/ir/error.js';
import { openCodexAccount } from '../../../../src/daemon/providers/codex/account-upstream.js';
import { accountContext } from '../../../support/accounts.js';
import { credential } from '../../../support/pool.js';
import { codexFile } from '../../../support/vendors/codex.js';

const upstream = openCodexAccount(codexFile(), accountContext());
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** Read, explained by headers, judged: as the engine does it, its own table included. */
function verdictOf(status: number, body: unknown, headers: Record<string, string> = {}) {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const facts: FailureFacts = { ...decodeError(status, text), body: text };
  const failure = upstream.explain?.(facts, headers, Date.now()) ?? facts;
  return { failure, verdict: judge(failure, credential('a', { upstream }), { transientCooldownMs: MINUTE }) };
}

const inSeconds = (seconds: number): number => Math.floor(Date.now() / 1000) + seconds;
const CREDENTIAL = { blame: 'credential', next: 'next-credential' };
const MODEL = { blame: 'credential-model', next: 'next-credential' };
const REQUEST = { blame: 'request', next: 'stop' };

describe('answers of the ChatGPT backend', () => {
  test.each([
    {
      name: 'a spent plan rests the account',
      status: 429,
      body: { error: { type: 'usage_limit_reached', message: 'x', resets_in_seconds: 600 } },
      verdict: { ...CREDENTIAL, cooldownMs: 600_000 },
    },
    {
      name: 'a spent plan told with 400 too',
      status: 400,
      body: { error: { type: 'usage_limit_reached', message: 'x', resets_in_seconds: 600 } },
      verdict: { ...CREDENTIAL, cooldownMs: 600_000 },
    },
    {
      name: 'a limit of the plan by name',
      status: 429,
      body: { error: { type: 'usage_limit_reached', message: 'x', resets_in_seconds: 60 } },
      headers: { 'x-codex-active-limit': 'codex' },
      verdict: { ...CREDENTIAL, cooldownMs: 60_000 },
    },
    {
      name: 'a limit of one model rests that model',
      status: 429,
      body: { error: { type: 'usage_limit_reached', message: 'x', resets_in_seconds: 60 } },
      headers: { 'x-codex-active-limit': 'codex_bengalfox' },
      verdict: { ...MODEL, cooldownMs: 60_000 },
    },
    {
      name: 'a plan without Codex rests half an hour',
      status: 429,
      body: { error: { type: 'usage_not_included', message: 'x' } },
      verdict: { ...CREDENTIAL, cooldownMs: 30 * MINUTE },
    },
    {
      name: 'a rate limit is the model’s',
      status: 429,
      body: { error: { code: 'rate_limit_exceeded', message: 'slow down' } },
      verdict: MODEL,
    },
    {
      name: 'a model at capacity backs off like a limit',
      status: 503,
      body: { error: { message: 'The selected model is at capacity.' } },
      verdict: MODEL,
    },
    {
      name: 'an overload passes in a minute',
      status: 503,
      body: { error: { code: 'server_is_overloaded', message: 'x' } },
      verdict: { ...MODEL, cooldownMs: MINUTE },
    },
    {
      name: 'slow_down passes in a minute',
      status: 503,
      body: { error: { code: 'slow_down', message: 'x' } },
      verdict: { ...MODEL, cooldownMs: MINUTE },
    },
    {
      name: 'too long a context is the request',
      status: 400,
      body: { error: { code: 'context_length_exceeded', message: 'x' } },
      verdict: REQUEST,
    },
    { name: 'too large a body is the request', status: 413, body: { error: { message: 'x' } }, verdict: REQUEST },
    {
      name: 'reasoning of somebody else is the request',
      status: 400,
      body: { error: { code: 'invalid_encrypted_content', message: 'x' } },
      verdict: REQUEST,
    },
    {
      name: 'a lost response id is the request',
      status: 400,
      body: { error: { code: 'previous_response_not_found', message: 'x' } },
      verdict: REQUEST,
    },
    {
      name: 'a policy is the request',
      status: 400,
      body: { error: { code: 'cyber_policy', message: 'x' } },
      verdict: REQUEST,
    },
    {
      name: 'a bad image is the request',
      status: 400,
      body: { error: { code: 'invalid_value', param: 'input[0].image_url', message: 'x' } },
      verdict: REQUEST,
    },
    {
      name: 'a FastAPI refusal is the request',
      status: 400,
      body: { detail: 'Unsupported parameter: foo' },
      verdict: REQUEST,
    },
    {
      name: 'a model that the plan lacks rests twelve hours',
      status: 400,
      body: { detail: "The 'gpt-x' model is not supported when using Codex with a ChatGPT account." },
      verdict: { ...MODEL, cooldownMs: 12 * HOUR },
    },
    {
      name: 'a refused token rests the account',
      status: 401,
      body: { error: { code: 'invalid_api_key', message: 'x' } },
      verdict: { ...CREDENTIAL, cooldownMs: 30 * MINUTE },
    },
    {
      name: 'a bill rests the account',
      status: 402,
      body: { error: { message: 'x' } },
      verdict: { ...CREDENTIAL, cooldownMs: 30 * MINUTE },
    },
    {
      name: 'a refusal rests the account',
      status: 403,
      body: { detail: 'x' },
      verdict: { ...CREDENTIAL, cooldownMs: 30 * MINUTE },
    },
    {
      name: 'a bot check rests it for seconds only',
      status: 403,
      body: '<!DOCTYPE html><html></html>',
      verdict: { ...CREDENTIAL, cooldownMs: 10_000 },
    },
    {
      name: 'an unknown model rests ten minutes',
      status: 404,
      body: { error: { code: 'model_not_found', message: 'x' } },
      verdict: { ...MODEL, cooldownMs: 10 * MINUTE },
    },
    {
      name: 'an item that was not kept is the request',
      status: 404,
      body: {
        error: { message: "Item with id 'rs_1' not found. Items are not persisted when `store` is set to false." },
      },
      verdict: REQUEST,
    },
    {
      name: 'a server error passes in a minute',
      status: 500,
      body: { error: { message: 'x' } },
      verdict: { ...MODEL, cooldownMs: MINUTE },
    },
  ])('$name', ({ status, body, headers = {}, verdict }) => {
    expect(verdictOf(status, body, headers).verdict).toEqual(verdict);
  });

  test('a spent plan is told as 429 with the time of its reset, whatever status it came with', () => {
    const { failure } = verdictOf(400, {
      error: { type: 'usage_limit_reached', message: 'x', resets_at: inSeconds(500) },
    });
    expect(failure.status).toBe(429);
    expect(failure.retryAfterMs).toBeGreaterThan(490_000);
  });

  test('a stream without its last event cools nothing', () => {
    const failure: FailureFacts = { reason: 'protocol', message: 'stream closed before response.completed' };
    expect(upstream.classify?.(failure)).toEqual({ blame: 'network', next: 'next-credential' });
  });
});
