import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, expectTypeOf, test } from 'vitest';
import { type LoadedConfig, loadConfigFile, parseConfig, requireConfig } from '../../../src/shared/config/load.js';
import { formatProblems } from '../../../src/shared/config/problem.js';
import type { Config } from '../../../src/shared/config/schema.js';
import { AppError } from '../../../src/shared/errors.js';

const parse = (text: string) => parseConfig(text, { path: '/home/me/config.yaml' });
const configOf = (text: string): Config => requireConfig(parse(text)).config;
/** `line:column path` of each. */
const places = (found: readonly { line: number; column: number; path: string }[]) =>
  found.map(({ line, column, path }) => `${line}:${column} ${path}`);

describe('defaults', () => {
  test('an empty file listens on loopback, asks for keys, and keeps conversations together', () => {
    const config = configOf('');
    expect(config.host).toBe('127.0.0.1');
    expect(config.port).toBe(8317);
    expect(config['ws-auth']).toBe(true);
    expect(config.routing).toEqual({
      strategy: 'round-robin',
      'session-affinity': true,
      'session-affinity-ttl': 3_600_000,
    });
    expect(config['oauth-client-policy']).toEqual({ claude: 'first-party' });
    expect(config['max-body-mb']).toBe(64);
    expect(config['claude-api-key']).toEqual([]);
  });

  test.each(['', '# only words\n', '---\n', 'null\n', '{}\n'])('%j is a config of defaults', (text) => {
    expect(configOf(text)).toEqual(configOf('{}'));
  });

  test('one result is not shared with the next', () => {
    configOf('')['api-keys'].push('x');
    configOf('').routing['session-affinity'] = false;
    expect(configOf('')['api-keys']).toEqual([]);
    expect(configOf('').routing['session-affinity']).toBe(true);
  });

  test('keys keep their spelling in the type', () => {
    expectTypeOf<Config['request-retry']>().toEqualTypeOf<number>();
    expectTypeOf<Config['workers']>().toEqualTypeOf<number | 'auto'>();
    expectTypeOf<LoadedConfig['config']>().toEqualTypeOf<Config>();
  });
});

describe('what existing files write', () => {
  test.each<[string, string, (config: Config) => unknown, unknown]>([
    ['an empty host', 'host: ""', (c) => c.host, ''],
    ['a key without a value', 'host:\nstreaming:\napi-keys:\n', (c) => [c.host, c['api-keys']], ['127.0.0.1', []]],
    ['YAML 1.1 words for a boolean', 'debug: yes\nws-auth: off', (c) => [c.debug, c['ws-auth']], [true, false]],
    ['a number in quotes', 'request-retry: "3"', (c) => c['request-retry'], 3],
    [
      'digits as a key',
      'api-keys: [007, 12345678901234567890, 1.10]',
      (c) => c['api-keys'],
      ['007', '12345678901234567890', '1.10'],
    ],
    ['a short strategy', 'routing: {strategy: WRR}', (c) => c.routing.strategy, 'weighted-round-robin'],
    ['an unknown strategy', 'routing: {strategy: sticky-round-robin}', (c) => c.routing.strategy, 'round-robin'],
    [
      'a duration in parts',
      'routing: {session-affinity-ttl: 1h30m}',
      (c) => c.routing['session-affinity-ttl'],
      5_400_000,
    ],
    ['milliseconds', 'routing: {session-affinity-ttl: 500ms}', (c) => c.routing['session-affinity-ttl'], 500],
    ['bare seconds', 'routing: {session-affinity-ttl: 90}', (c) => c.routing['session-affinity-ttl'], 90_000],
    ['no duration', 'routing: {session-affinity-ttl: soon}', (c) => c.routing['session-affinity-ttl'], 3_600_000],
    ['a negative log limit', 'error-logs-max-files: -3', (c) => c['error-logs-max-files'], 10],
    [
      'a long retention',
      'redis-usage-queue-retention-seconds: 9999',
      (c) => c['redis-usage-queue-retention-seconds'],
      3600,
    ],
    ['words for images', 'disable-image-generation: Chat', (c) => c['disable-image-generation'], 'chat'],
    ['another image base model', 'gpt-image-2-base-model: llama', (c) => c['gpt-image-2-base-model'], 'gpt-5.4-mini'],
    ['auto workers', 'workers: auto', (c) => c.workers, 'auto'],
    [
      'a priority in quotes',
      'claude-api-key: [{api-key: a, priority: "7"}]',
      (c) => c['claude-api-key'][0]?.priority,
      7,
    ],
    [
      'inherited retries',
      'claude-api-key: [{api-key: a, request-retry: -1}]',
      (c) => c['claude-api-key'][0]?.['request-retry'],
      undefined,
    ],
    [
      'slashes around a prefix',
      'claude-api-key: [{api-key: a, prefix: /w/}]',
      (c) => c['claude-api-key'][0]?.prefix,
      'w',
    ],
    [
      'a slash inside one',
      'claude-api-key: [{api-key: a, prefix: a/b}]',
      (c) => c['claude-api-key'][0]?.prefix,
      undefined,
    ],
    [
      'an empty proxy',
      'claude-api-key: [{api-key: a, proxy-url: ""}]',
      (c) => c['claude-api-key'][0]?.['proxy-url'],
      undefined,
    ],
    [
      'a model without a name',
      'claude-api-key: [{models: [{alias: m}]}]',
      (c) => c['claude-api-key'][0]?.models[0]?.name,
      'm',
    ],
    [
      'Gemini keys of old',
      'generative-language-api-key: [k]',
      (c) => c['gemini-api-key'].map((e) => e['api-key']),
      ['k'],
    ],
    [
      'compatible keys of old',
      'openai-compatibility: [{name: a, base-url: "http://b", api-keys: [k], api-key-entries: [{api-key: j}]}]',
      (c) => c['openai-compatibility'][0]?.['api-key-entries'].map((e) => e['api-key']),
      ['j', 'k'],
    ],
    [
      'a policy for one provider leaves that of another',
      'oauth-client-policy: {codex: first-party}',
      (c) => c['oauth-client-policy'],
      { claude: 'first-party', codex: 'first-party' },
    ],
    ['unknown keys at every level', 'x: {y: 1}\nrouting: {z: [2]}', (c) => [c['x'], c.routing['z']], [{ y: 1 }, [2]]],
    [
      'null among parameters',
      'payload: {default: [{params: {a: null}}]}',
      (c) => c.payload.default[0]?.params,
      { a: null },
    ],
    [
      'a number among parameters',
      'payload: {default: [{params: {a: 1.0}}]}',
      (c) => c.payload.default[0]?.params,
      { a: 1 },
    ],
    [
      'a key that is no member',
      '__proto__: {debug: true}',
      (c) => [c.debug, Object.getPrototypeOf(c) === Object.prototype],
      [false, true],
    ],
  ])('%s', (_, text, pick, expected) => {
    expect(pick(configOf(text))).toEqual(expected);
  });

  test('merge keys fill in what an entry does not say itself', () => {
    const config = configOf(
      'base: &b {priority: 3, base-url: "https://a.example", prefix: p}\nclaude-api-key:\n  - <<: *b\n    prefix: q\n    api-key: k\n',
    );
    expect(config['claude-api-key'][0]).toMatchObject({
      priority: 3,
      'base-url': 'https://a.example',
      prefix: 'q',
      'api-key': 'k',
    });
  });

  test('a whole config of a related gateway loads, with a word on what has no effect', async () => {
    const text = await readFile(new URL('../../fixtures/config/cliproxyapi.yaml', import.meta.url), 'utf8');
    const { config, problems, warnings } = parse(text);
    expect(problems).toEqual([]);
    expect(warnings.map(({ path, code }) => `${code} ${path}`)).toEqual([
      'key_without_effect remote-management.panel-github-repository',
      'key_without_effect pprof',
      'key_without_effect usage-statistics-enabled',
      'key_without_effect ws-auth',
      'identity_key_ignored disable-claude-cloak-mode',
      'identity_key_ignored codex.identity-confuse',
      'identity_key_ignored codex-header-defaults.user-agent',
      'identity_key_ignored codex-header-defaults.beta-features',
      'identity_key_ignored claude-header-defaults.user-agent',
      'identity_key_ignored claude-header-defaults.package-version',
      'identity_key_ignored claude-header-defaults.runtime-version',
      'identity_key_ignored claude-header-defaults.os',
      'identity_key_ignored claude-header-defaults.arch',
      'identity_key_ignored claude-header-defaults.timeout',
      'key_without_effect plugins',
      'entry_dropped gemini-api-key[2]',
      'entry_dropped codex-api-key[1]',
      'identity_key_ignored claude-api-key[1].cloak.mode',
      'identity_key_ignored claude-api-key[1].cloak.strict-mode',
      'identity_key_ignored claude-api-key[1].cloak.sensitive-words',
      'identity_key_ignored claude-api-key[1].fingerprint-profile',
      'rule_dropped claude-api-key[1].request-scoped-errors[1]',
      'rule_dropped claude-api-key[2].request-scoped-errors[1]',
      'key_without_effect ampcode',
      'duplicate_model oauth-model-alias.codex[1]',
      'rule_dropped payload.default-raw[1]',
    ]);
    expect(config).toMatchObject({
      host: '',
      'api-keys': ['sk-fixture-client-one', '0012345678901234567890'],
      'error-logs-max-files': 10,
      'usage-statistics-enabled': true,
      routing: { strategy: 'round-robin', 'session-affinity': false, 'session-affinity-ttl': 5_400_000 },
      'some-future-section': { keep: ['me', 'exactly', 'as I am'] },
    });
    expect(config?.['gemini-api-key'].map((entry) => entry['api-key'])).toEqual([
      'AIzaFixture-01',
      'AIzaFixture-02',
      'AIzaFixtureLegacy',
    ]);
    expect(config?.['claude-api-key'].map((entry) => [entry['api-key'], entry.priority])).toEqual([
      ['sk-fixture-claude-1', 0],
      ['sk-fixture-claude-2', 10],
      ['sk-fixture-claude-3', 10],
    ]);
    expect(config?.['claude-api-key'][1]?.models[0]?.thinking?.levels).toEqual(['low', 'medium', 'high']);
    expect(config?.['claude-api-key'][1]?.['request-scoped-errors']).toMatchObject([
      { status: 400, 'match-regexr': ['too (long|large)'], action: 'stop' },
    ]);
    expect(config?.['openai-compatibility'].map((entry) => entry['api-key-entries'].length)).toEqual([2, 1]);
    expect(config?.payload['default-raw']).toHaveLength(1);
  });
});

describe('problems', () => {
  test.each([
    ['port: 99999', '1:7 port', 'a whole number from 0 to 65535', '99999'],
    ['debug: maybe', '1:8 debug', 'true or false', '"maybe"'],
    ['streaming:\n  - 1', '2:3 streaming', 'a mapping', 'a list'],
    [
      'claude-api-key:\n  - api-key: k\n    weight: 1000001',
      '3:13 claude-api-key[0].weight',
      'a whole number, at most 1000000',
      '1000001',
    ],
    ['claude-api-key:\n  - weight: 1.5', '2:13 claude-api-key[0].weight', 'a whole number, at most 1000000', '1.5'],
    ['claude-api-key:\n  -\n', '2:4 claude-api-key[0]', 'a mapping', 'nothing'],
    ['claude-api-key:\n  - {api-key: {a: secret}}', '2:15 claude-api-key[0].api-key', 'a text', 'a mapping'],
    [
      'claude-api-key: [{auth-header: magic}]',
      '1:32 claude-api-key[0].auth-header',
      'one of x-api-key, bearer, both',
      'a text',
    ],
    ['api-keys: secret-in-the-wrong-place', '1:11 api-keys', 'a list of texts', 'a text'],
    ['workers: many', '1:10 workers', 'auto, or a whole number from 0 to 256', '"many"'],
    ['oauth-client-policy: {claude: all}', '1:31 oauth-client-policy.claude', 'one of any, first-party', '"all"'],
    ['tls: {enable: true, cert: a}', '1:1 tls.key', 'the path of a PEM file', 'nothing'],
    [
      'trusted-proxies: [10.0.0.0/33]',
      '1:19 trusted-proxies[0]',
      'an address or a CIDR range such as 10.0.0.0/8',
      'another text',
    ],
    ['allowed-origins: ["*"]', '1:19 allowed-origins[0]', 'one origin such as https://app.example:8080', 'a wildcard'],
    [
      'proxy-url: ftp://u:p@h',
      '1:12 proxy-url',
      'an http, https, socks5 or socks5h URL, direct or none',
      'another text',
    ],
    ['xai-api-key: [{base-url: api.x.ai}]', '1:26 xai-api-key[0].base-url', 'an http or https URL', 'another text'],
    [
      'oauth-endpoints: {codex: {token: "http://a.example"}}',
      '1:34 oauth-endpoints.codex.token',
      'an https URL, or an http URL on loopback',
      'another text',
    ],
    [
      'claude-api-key:\n  - headers:\n      X-A: $Authorization',
      '3:12 claude-api-key[0].headers.X-A',
      'a header that does not hold a client key',
      'a copy of authorization',
    ],
    ['groq: [{headers: {"X A": b}}]', '1:26 groq[0].headers["X A"]', 'a header name', 'signs that none may have'],
    [
      'groq: [{headers: {X-A: "b\\r\\nX-B: c"}}]',
      '1:24 groq[0].headers.X-A',
      'one line of text',
      'a line break or another control sign',
    ],
    [
      'claude-api-key:\n  - models:\n      - {name: a, alias: m}\n      - {name: b, alias: M}',
      '4:26 claude-api-key[0].models[1].alias',
      'a name that no other model of the list has',
      'the name of row 1',
    ],
    [
      'oauth-model-alias:\n  codex:\n    - {name: a, alias: m}\n    - {name: b, alias: m}',
      '4:24 oauth-model-alias.codex[1].alias',
      'a name that no other model of the list has',
      'the name of row 1',
    ],
    [
      'payload:\n  system-prompts:\n    - {models: [{name: a}], prompt-file: ../other}',
      '3:42 payload.system-prompts[0].prompt-file',
      'a file in the folder of the config',
      'a path that leads elsewhere',
    ],
    ['generative-language-api-key:\n  - {a: b}', '2:5 gemini-api-key[0].api-key', 'a text', 'a mapping'],
    ['- a', '1:1 ', 'a mapping of settings', 'a list'],
    ['just words', '1:1 ', 'a mapping of settings', 'a single value'],
    ['a: 1\nb: 2\na: 3', '3:1 a', 'each key once', 'the key a second time'],
    ['a: &x\n  b: *x', '2:6 a.b', 'an alias of something else', 'an alias of what it stands in'],
    ['a: *none', '1:4 a', 'an anchor before its alias', 'an alias without one'],
    ['? [a]\n: b', '1:3 ', 'a text as key', 'a list or a mapping'],
    ['a: 1\n\tb: 2', '2:1 ', 'spaces', 'a tab'],
    ['a: "open\nb: 1', undefined, 'a closing quote, bracket, comma or colon', 'none'],
    ['---\na: 1\n---\nb: 2', '3:1 ', 'one document', 'a second one after ---'],
    ['api-keys: [@k]', '1:12 ', 'a value', 'a sign that no unquoted value may start with'],
  ])('%j', (text, place, expected, found) => {
    const { config, problems } = parse(text);
    expect(config).toBeUndefined();
    const [problem] = problems;
    expect(problem).toMatchObject({ file: '/home/me/config.yaml', expected, found });
    if (place !== undefined) expect(places(problems)[0]).toBe(place);
  });

  test('all are named at once, in the order of the file, one per line', () => {
    const { problems } = parse('workers: x\nport: -1\nclaude-api-key:\n  - headers: {A: $cookie}\n    weight: no\n');
    expect(formatProblems(problems)).toBe(
      [
        '/home/me/config.yaml:1:10 workers: expected auto, or a whole number from 0 to 256, found "x"',
        '/home/me/config.yaml:2:7 port: expected a whole number from 0 to 65535, found -1',
        '/home/me/config.yaml:4:18 claude-api-key[0].headers.A: expected a header that does not hold a client key, found a copy of cookie (client keys never go upstream; write the key of the upstream as api-key)',
        '/home/me/config.yaml:5:13 claude-api-key[0].weight: expected a whole number, at most 1000000, found "no"',
      ].join('\n'),
    );
  });

  test('a pool of a compatible provider is no duplicate', () => {
    const { problems } = parse(
      'openai-compatibility:\n  - name: a\n    base-url: https://a.example\n    models: [{name: x, alias: m}, {name: y, alias: m}]',
    );
    expect(problems).toEqual([]);
  });

  test.each([
    ['more than 1 MB', `a: ${'x'.repeat(1024 * 1024)}`, 'too_large'],
    ['65 levels', `a: ${'['.repeat(65)}${']'.repeat(65)}`, 'too_deep'],
    ['a hundred thousand levels', '['.repeat(100_000), 'too_deep'],
    ['101 aliases', `a: &x 1\nb: [${Array(101).fill('*x').join(', ')}]`, 'too_many_aliases'],
    [
      'aliases of aliases',
      `a0: &a0 [1]\n${Array.from({ length: 40 }, (_, i) => `a${i + 1}: &a${i + 1} [*a${i}, *a${i}]`).join('\n')}`,
      'too_many_aliases',
    ],
  ])('%s are refused, and quickly', (_, text, code) => {
    const start = performance.now();
    expect(parse(text).problems[0]?.code).toBe(code);
    expect(performance.now() - start).toBeLessThan(3000);
  });

  test('100 aliases and 64 levels are fine', () => {
    expect(parse(`a: &x 1\nb: [${Array(100).fill('*x').join(', ')}]`).problems).toEqual([]);
    expect(parse(`a: ${'['.repeat(63)}${']'.repeat(63)}`).problems).toEqual([]);
  });

  const secret = 'hunter2-Sup3rSecret';
  test.each([
    `api-keys: ${secret}`,
    `api-keys: {a: ${secret}}`,
    `port: ${secret}`,
    `${secret}: [`,
    `remote-management: {secret-key: [${secret}]}`,
    `claude-api-key: [{headers: {X-A: "${secret}\\n"}}]`,
    `proxy-url: ftp://u:${secret}@h`,
    `claude-api-key: [{base-url: "${secret}"}]`,
    `claude-api-key:\n  - api-key: "${secret}`,
    `claude-api-key:\n  - api-key: @${secret}`,
    `claude-api-key:\n  - api-key: "\\q${secret}"`,
    `oauth-endpoints: {codex: {token: "${secret}"}}`,
    `allowed-origins: [${secret}]`,
    `trusted-proxies: [${secret}]`,
    `routing: {strategy: ${secret}}`,
    `routing: {session-affinity-ttl: ${secret}}`,
    `claude-api-key: [{request-scoped-errors: [{status: 1, action: ${secret}}]}]`,
    `claude-api-key: [{auth-header: ${secret}}]`,
    `a: *${secret}`,
  ])('%j says nothing of what may be secret', (text) => {
    const { problems, warnings } = parse(text);
    expect(problems.length + warnings.length).toBeGreaterThan(0);
    const said = [...problems.map(({ path: _, ...words }) => words), ...warnings];
    expect(JSON.stringify(said)).not.toContain(secret);
  });
});

describe('warnings', () => {
  test.each([
    ['', '1:1 api-keys', 'no_client_keys'],
    ['api-keys: []', '1:1 api-keys', 'no_client_keys'],
    ['api-keys:\n  - good\n  - your-api-key-2', '3:5 api-keys[1]', 'unsafe_example_api_key'],
    ['api-keys: [k]\nstreming: {}', '2:1 streming', 'unknown_key'],
    ['api-keys: [k]\nrequest_retry: 1', '2:1 request_retry', 'unknown_key'],
    [
      'api-keys: [k]\nclaude-api-key:\n  - api-key: a\n  - cloak: {mode: x}\n  - cloak: {mode: y}',
      '4:13 claude-api-key[1].cloak.mode',
      'identity_key_ignored',
    ],
    ['api-keys: [k]\nplugins: {enabled: true, dir: x}', '2:1 plugins', 'key_without_effect'],
    ['api-keys: [k]\nhome: {}', '2:1 home', 'key_without_effect'],
    ['api-keys: [k]\nopenai-compatibility:\n  - name: a', '3:5 openai-compatibility[0]', 'entry_dropped'],
    ['api-keys: [k]\nclaude-api-key: [{models: [{alias: ""}]}]', '2:28 claude-api-key[0].models[0]', 'entry_dropped'],
    ['api-keys: [k]\nclaude-api-key: [{prefix: a/b}]', '2:27 claude-api-key[0].prefix', 'prefix_dropped'],
    ['api-keys: [k]\nrouting: {strategy: best}', '2:21 routing.strategy', 'unknown_strategy'],
    ['api-keys: [k]\nrouting: {session-affinity-ttl: soon}', '2:33 routing.session-affinity-ttl', 'invalid_duration'],
    [
      'api-keys: [k]\nclaude-api-key: [{request-scoped-errors: [{status: 400, match-regexr: ["("], action: stop}]}]',
      '2:72 claude-api-key[0].request-scoped-errors[0].match-regexr[0]',
      'invalid_pattern',
    ],
    [
      'api-keys: [k]\nopenai-compatibility:\n  - {name: a, base-url: "http://a"}\n  - {name: A, base-url: "http://b"}',
      '4:12 openai-compatibility[1].name',
      'duplicate_provider_name',
    ],
    [
      'api-keys: [k]\npayload: {system-prompts: [{prompt-file: a.md}]}',
      '2:28 payload.system-prompts[0]',
      'rule_dropped',
    ],
  ])('%j', (text, place, code) => {
    const { problems, warnings } = parse(text);
    expect(problems).toEqual([]);
    expect(warnings.map(({ line, column, path, code }) => `${line}:${column} ${path} ${code}`)).toEqual([
      `${place} ${code}`,
    ]);
  });

  test.each([['xai-api-key:\n  - api-key: a', '3:5 xai-api-key[0]']])(
    '%j is of a provider that is not served, and incomplete too',
    (text, place) => {
      const { warnings } = parse(`api-keys: [k]\n${text}`);
      expect(warnings.map(({ line, column, path, code }) => `${line}:${column} ${path} ${code}`)).toEqual([
        `2:1 ${text.split(':')[0]} key_without_effect`,
        `${place} entry_dropped`,
      ]);
    },
  );

  test.each([
    'remote-management: {mask-keys: true}',
    'request-log: true',
    'usage-statistics-enabled: yes',
    'trusted-proxies: [10.0.0.0/8]',
    'ws-auth: false',
    'enable-gemini-cli-endpoint: true',
    'quota-exceeded: {antigravity-credits: true}',
    'antigravity-signature-cache-enabled: off',
    'codex: {optimize-multi-agent-v2: true}',
    'codex-api-key: [{base-url: "https://a.example", alpha-search: true}]',
    'openai-compatibility: [{name: a, base-url: "https://a.example", discover-models: true}]',
    'xai: {inject-x-search: true}',
    'groq: [{api-key: a}]',
    'kilo: [{api-key: a, rate-limit: {rpm: 3}}]',
  ])('%s asks for what is not there, and is told so', (text) => {
    const { problems, warnings } = parse(`api-keys: [k]\n${text}`);
    expect(problems).toEqual([]);
    expect(warnings.map(({ code }) => code)).toEqual(['key_without_effect']);
  });

  test.each([
    'remote-management: {secret-key: a-secret-key, allow-remote: yes}',
    'request-log: false',
    'ws-auth: true',
    'antigravity-signature-cache-enabled: true',
    'gpt-image-2-base-model: gpt-5.4-mini',
    'groq: []',
    'kiro: [{token-file: ~/a.json, preferred-endpoint: amazonq}]\nkiro-preferred-endpoint: ide',
    'kilo: [{anonymous: true}]',
  ])('%s asks for nothing, and nothing is said', (text) => {
    expect(parse(`api-keys: [k]\n${text}`).warnings).toEqual([]);
  });

  test('a disguise of Kiro’s is asked for once, however many keys it has, and is not had', () => {
    const text = 'kiro-fingerprint: {os-type: linux, kiro-version: "1.0", node-version: "22"}';
    const { problems, warnings } = parse(`api-keys: [k]\n${text}`);
    expect(problems).toEqual([]);
    expect(warnings.map(({ path }) => path)).toEqual(['kiro-fingerprint']);
  });

  test.each([
    { text: 'kiro: [{region: eu-west-1}]', needed: 'token-file or access-token or refresh-token' },
    { text: 'kilo: [{free-only: true, anonymous: no}]', needed: 'api-key or anonymous' },
  ])('$text is an account without a secret, and is told so', ({ text, needed }) => {
    const { warnings } = parse(`api-keys: [k]\n${text}`);
    expect(warnings.map(({ code, message }) => [code, message])).toEqual([
      ['entry_dropped', `left out: it has no ${needed}`],
    ]);
  });

  test('a wrong key names the right one', () => {
    expect(parse('api-keys: [k]\nclaude-api-keys: []').warnings[0]?.message).toBe(
      'unknown key; did you mean claude-api-key?',
    );
  });

  test('a key that is just unknown is nobody’s business', () => {
    expect(parse('api-keys: [k]\nmy-own-notes: 1\nfoo: 2').warnings).toEqual([]);
  });

  test('they come with problems too', () => {
    const { problems, warnings } = parse('port: x\nplugins: {}');
    expect([problems.length, warnings.map(({ code }) => code)]).toEqual([1, ['no_client_keys', 'key_without_effect']]);
  });
});

describe('loadConfigFile', () => {
  const inFolder = async (run: (folder: string) => Promise<void>) => {
    const folder = await mkdtemp(join(tmpdir(), 'config-'));
    await run(folder).finally(() => rm(folder, { recursive: true }));
  };

  test('returns config and hash of a good file', () =>
    inFolder(async (folder) => {
      const path = join(folder, 'config.yaml');
      await writeFile(path, 'port: 1\n');
      const { config, hash } = await loadConfigFile(path);
      expect(config.port).toBe(1);
      expect(hash).toMatch(/^[0-9a-f]{64}$/);
      expect(parse('port: 1').hash).not.toBe(hash);
    }));

  test.each([
    ['a missing file', 'missing.yaml', 'config_unreadable', /there is no such file/],
    ['a folder', '.', 'config_unreadable', /it is a folder/],
    [
      'a broken file',
      'broken.yaml',
      'config_invalid',
      /broken\.yaml:1:7 port: expected .*\n.*broken\.yaml:2:8 debug: expected/,
    ],
  ])('ends with exit code 2 for %s', (_, name, code, message) =>
    inFolder(async (folder) => {
      await writeFile(join(folder, 'broken.yaml'), 'port: x\ndebug: 3\n');
      const error = await loadConfigFile(join(folder, name)).catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(AppError);
      expect(error).toMatchObject({ code, exitCode: 2, message: expect.stringMatching(message) });
    }),
  );
});
