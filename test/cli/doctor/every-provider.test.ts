import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse, stringify } from 'yaml';
import { ACCOUNT_PROVIDERS, PROVIDERS } from '../../../src/daemon/providers/registry.js';
import { ACCOUNT_CONTRACTS, KEY_CONTRACTS } from '../../daemon/providers/contract/contracts.js';
import { buildCli, type Cli, type CliBuild } from '../../support/cli.js';
import { type Gate, startGate } from '../../support/provider-contract-gate.js';
import type { Inference, Stage } from '../../support/provider-contract-types.js';

type Tree = Record<string, unknown>;

interface Subject {
  readonly name: string;
  readonly inference: Inference;
  readonly stage: Stage;
  readonly gate: Gate;
}

let build: CliBuild;
let cli: Cli;
let subjects: readonly Subject[];

const isTree = (value: unknown): value is Tree => typeof value === 'object' && value !== null && !Array.isArray(value);

const merged = (a: Tree, b: Tree): Tree => {
  const all = { ...a };
  for (const [key, value] of Object.entries(b)) {
    const before = all[key];
    all[key] = isTree(before) && isTree(value) ? merged(before, value) : value;
  }
  return all;
};

/** Every provider before its strict vendor, all in one config. */
beforeAll(async () => {
  const wanted: readonly (readonly [string, Inference | undefined])[] = [
    ...ACCOUNT_PROVIDERS.map(({ channel }) => [`${channel}.json`, ACCOUNT_CONTRACTS[channel]] as const),
    ...Object.keys(PROVIDERS).map((id) => [`key of ${id}`, KEY_CONTRACTS[id]] as const),
  ];
  [build, subjects] = await Promise.all([
    buildCli(),
    Promise.all(
      wanted.map(async ([name, inference]): Promise<Subject> => {
        if (inference === undefined) throw new Error(`${name} has no contract`);
        const stage = await inference.start();
        return { name, inference, stage, gate: await startGate(stage.origin, inference.isInference) };
      }),
    ),
  ]);
  cli = await build.open();
  const settings = subjects.map(({ stage, gate }): Tree => parse(stage.settings(gate.origin)));
  await cli.writeConfig(
    stringify({ port: 0, 'api-keys': ['sk-client-key-0123456789'], 'request-retry': 0, ...settings.reduce(merged) }),
  );
  const auths = join(cli.home, 'auths');
  await mkdir(auths, { mode: 0o700 });
  for (const { name, stage } of subjects) {
    if (stage.file !== undefined) await writeFile(join(auths, name), JSON.stringify(stage.file), { mode: 0o600 });
  }
  const started = await cli.json(['start', '--config', cli.configPath]);
  expect(started.ok, JSON.stringify(started)).toBe(true);
}, 60_000);
afterAll(async () => {
  await cli.close();
  await Promise.all(subjects.flatMap(({ stage, gate }) => [gate.close(), stage.close()]));
  await build.remove();
});

interface Report {
  readonly id: string;
  readonly state: string;
  readonly message: string;
  readonly findings?: readonly { readonly state: string; readonly message: string; readonly hint?: string }[];
  readonly facts?: { readonly tests?: readonly Tree[]; readonly upstreams?: readonly Tree[] };
}

async function examine(...flags: readonly string[]) {
  const answer = await cli.json(['doctor', ...flags]);
  const checks = answer.details['checks'] as readonly Report[];
  return { ...answer, check: (id: string) => checks.find((report) => report.id === id) };
}

describe('doctor', { timeout: 120_000 }, () => {
  test('reaches each vendor, and finds each login fresh', async () => {
    const { check } = await examine();
    expect(check('logins'), JSON.stringify(check('logins'))).toMatchObject({ state: 'ok' });
    expect(check('upstreams')).toMatchObject({ state: 'ok' });
    const reached = check('upstreams')?.facts?.upstreams?.map(({ url }) => url) ?? [];
    expect(reached).toEqual(expect.arrayContaining(subjects.map(({ gate }) => gate.origin)));
    expect(check('policies')?.findings).toHaveLength(ACCOUNT_PROVIDERS.length);
  });

  test('--test has an answer of each of them', async () => {
    const { check, code } = await examine('--test');
    const answers = check('answers');
    expect(answers, JSON.stringify(answers)).toMatchObject({ state: 'ok' });
    // Two keys of each provider that takes keys.
    const count = ACCOUNT_PROVIDERS.length + 2 * Object.keys(PROVIDERS).length;
    expect(answers?.facts?.tests?.filter(({ works }) => works === true)).toHaveLength(count);
    expect(code).toBe(0);
  });

  test('--test names who is refused, in words and for programs, and shows no secret', async () => {
    for (const { gate, inference } of subjects) gate.always(inference.failure('forbidden'));
    try {
      const { check, code, details } = await examine('--test');
      expect(code).toBe(1);
      expect(check('answers')).toMatchObject({ state: 'problem' });
      const findings = check('answers')?.findings ?? [];
      expect(findings.length).toBeGreaterThanOrEqual(subjects.length);
      for (const { hint } of findings) expect(hint).toBeDefined();
      const { stdout, stderr } = await cli.run(['doctor', '--test']);
      expect(stdout).toMatch(/✗ Answers[\s\S]*does not answer for[\s\S]*hint: /);
      const told = stdout + stderr + JSON.stringify(details);
      for (const { stage } of subjects) {
        for (const member of ['access_token', 'refresh_token', 'kilocodeToken']) {
          const secret = stage.file?.[member];
          if (typeof secret === 'string') expect(told).not.toContain(secret);
        }
      }
    } finally {
      for (const { gate } of subjects) gate.reset();
    }
  });
});
