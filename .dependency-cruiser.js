// Who may import whom: docs/architecture.md explains the layers, this file checks them.
const inside = (folder) => `^src/daemon/${folder}`;
/** Files under `from` may reach, inside the daemon, only the listed folders and themselves. */
const only = (name, from, to) => ({
  name,
  severity: 'error',
  from: { path: inside(from) },
  to: { path: '^src/daemon/', pathNot: [inside(from), ...to.map(inside)] },
});

export default {
  forbidden: [
    { name: 'no-circular', severity: 'error', from: {}, to: { circular: true } },
    { name: 'cli-not-daemon', severity: 'error', from: { path: '^src/cli/' }, to: { path: '^src/daemon/' } },
    { name: 'daemon-not-cli', severity: 'error', from: { path: '^src/daemon/' }, to: { path: '^src/cli/' } },
    { name: 'shared-is-base', severity: 'error', from: { path: '^src/shared/' }, to: { path: '^src/(cli|daemon)/' } },
    only('ir-is-base', 'ir/', []),
    only('framing-is-base', 'framing/', []),
    {
      name: 'dialect-alone',
      severity: 'error',
      from: { path: '^src/daemon/dialects/([^/]+)/' },
      to: {
        path: '^src/daemon/',
        pathNot: ['^src/daemon/dialects/$1/', '^src/daemon/dialects/dialect\\.ts$', '^src/daemon/(ir|framing)/'],
      },
    },
    {
      name: 'provider-alone',
      severity: 'error',
      from: { path: '^src/daemon/providers/([^/]+)/' },
      to: {
        path: '^src/daemon/',
        pathNot: [
          '^src/daemon/providers/$1/',
          '^src/daemon/providers/[^/]+\\.ts$',
          // Bodies of the Messages API, for whoever serves Claude.
          '^src/daemon/providers/messages-body/',
          '^src/daemon/dialects/dialect\\.ts$',
          '^src/daemon/dialects/gemini-generate/',
          '^src/daemon/(ir|login|framing)/',
        ],
      },
    },
    {
      // Its bodies are Gemini's by stricter rules: schemas and names are cleaned as there.
      name: 'gemini-variants-only',
      severity: 'error',
      from: { path: '^src/daemon/providers/', pathNot: '^src/daemon/providers/antigravity/' },
      to: { path: '^src/daemon/dialects/gemini-generate/' },
    },
    only('transport-is-base', 'transport/', []),
    only('payload-is-base', 'payload/', ['dialects/dialect', 'ir/']),
    only('pool-below-engine', 'pool/', [
      'payload/compile',
      'providers/(provider|account|quota)',
      'login/account-context',
      'storage/ports',
      'ir/',
    ]),
    only('storage-is-base', 'storage/', ['ir/']),
    only('login-below-control', 'login/', ['storage/ports', 'providers/(account|provider)', 'transport/', 'ir/']),
    only('engine-below-server', 'engine/', [
      'pool/',
      'payload/',
      'models/',
      'dialects/',
      'providers/',
      'framing/',
      'transport/',
      'ir/',
    ]),
    only('sdk-without-effects', 'sdk/', [
      'dialects/',
      'framing/',
      'ir/',
      'models/reasoning',
      'engine/(translate|converter|client-framing)',
    ]),
    only('runtime-below-server', 'runtime/', [
      'providers/',
      'models/',
      'pool/',
      'payload/',
      'login/account-context',
      'storage/ports',
      'transport/http',
      'ir/',
      'dialects/dialect',
    ]),
    only('images-is-base', 'images/', []),
    only('server-below-compose', 'server/', ['engine/', 'runtime/', 'dialects/', 'ir/', 'models/', 'images/']),
    only('control-without-engine', 'control/', []),
    only('pages-above-control', 'pages/', ['control/']),
    {
      name: 'compose-is-top',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/daemon/main\\.ts$' },
      to: { path: '^src/daemon/compose\\.ts$' },
    },
    {
      name: 'undici-only-in-transport',
      severity: 'error',
      from: { path: '^src/daemon/', pathNot: inside('transport/') },
      to: { path: 'node_modules/undici' },
    },
    {
      name: 'no-dev-dependency',
      severity: 'error',
      from: { path: '^(src|bin)/' },
      to: { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'] },
    },
    { name: 'not-to-test', severity: 'error', from: { path: '^src/' }, to: { path: '^test/' } },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default'] },
  },
};
