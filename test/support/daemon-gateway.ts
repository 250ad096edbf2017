import type { ChildProcess } from 'node:child_process';
import type { UpstreamKind } from '../../src/cli/demo/upstreams/simulated-upstream.js';
import { createManagementClient, socketTransport } from '../../src/shared/contract/client.js';
import { lifecycle } from '../../src/shared/contract/lifecycle.js';
import { socketPathFor } from '../../src/shared/local-socket.js';
import { resolvePaths } from '../../src/shared/paths.js';
import { buildCli, type Cli } from './cli.js';
import { until } from './daemon-process.js';
import { gatewayConfig, startUpstreams, UPSTREAM_KINDS } from './gateway.js';
import { type Recorder, startRecorder } from './recorder.js';

export interface DaemonGateway {
  /** Without a trailing slash or version. */
  readonly url: string;
  readonly key: string;
  /** What went between the daemon and each upstream. */
  readonly upstreams: Readonly<Record<UpstreamKind, Recorder>>;
  /** What the daemon printed, its log included. */
  output(): string;
  close(): Promise<void>;
}

const KEY = 'sk-test-client-key';

/** The built daemon, run by the built command line in a home of its own, in front of one strict upstream of each kind. */
export async function startDaemonGateway(): Promise<DaemonGateway> {
  const build = await buildCli();
  const cli = await build.open();
  const simulated = await startUpstreams();
  const upstreams = await recordEach(simulated);
  const baseUrls = mapKinds((kind) => ({
    url: simulated[kind].url.replace(simulated[kind].origin, upstreams[kind].origin),
  }));
  await cli.writeConfig(gatewayConfig(KEY, baseUrls, 'port: 0'));
  const daemon = startDaemon(cli);
  return {
    url: await daemon.url(),
    key: KEY,
    upstreams,
    output: daemon.output,
    async close() {
      await daemon.stop();
      await cli.close();
      await build.remove();
      await Promise.all([...Object.values(upstreams), ...Object.values(simulated)].map((server) => server.close()));
    },
  };
}

type ByKind<T> = Readonly<Record<UpstreamKind, T>>;

const mapKinds = <T>(make: (kind: UpstreamKind) => T): ByKind<T> =>
  Object.fromEntries(UPSTREAM_KINDS.map((kind) => [kind, make(kind)])) as ByKind<T>;

async function recordEach(simulated: ByKind<{ readonly origin: string }>): Promise<ByKind<Recorder>> {
  const started = await Promise.all(UPSTREAM_KINDS.map((kind) => startRecorder(simulated[kind].origin)));
  return Object.fromEntries(UPSTREAM_KINDS.map((kind, index) => [kind, started[index]])) as ByKind<Recorder>;
}

function startDaemon(cli: Cli): { url(): Promise<string>; output(): string; stop(): Promise<void> } {
  const child = cli.spawn(['run', '--config', cli.configPath]);
  let output = '';
  const keep = (chunk: Buffer): void => {
    output += chunk.toString();
  };
  child.stdout?.on('data', keep);
  child.stderr?.on('data', keep);
  const exited = exitOf(child);
  const { runDir } = resolvePaths({ env: cli.env });
  const management = createManagementClient(lifecycle, socketTransport(socketPathFor(runDir)));
  return {
    async url() {
      const asked = until(
        () => management.getStatus({}),
        ({ ready }) => ready,
      );
      const ended = exited.then((how): never => {
        throw new Error(`the daemon ended (${how}): ${output}`);
      });
      return (await Promise.race([asked, ended])).listen.url;
    },
    output: () => output,
    async stop() {
      child.kill('SIGTERM');
      await exited;
    },
  };
}

const exitOf = (child: ChildProcess): Promise<number | string> =>
  new Promise((resolve) => {
    child.once('exit', (code, signal) => resolve(signal ?? code ?? -1));
  });
