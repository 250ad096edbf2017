import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Hono } from 'hono';
import { expect, test } from 'vitest';
import { CLIENT_DIALECTS } from '../../../src/daemon/dialects/registry.js';
import type { ClientSink } from '../../../src/daemon/engine/pump.js';
import type { ServerEnv } from '../../../src/daemon/server/env.js';
import { openResponsesSockets } from '../../../src/daemon/server/responses-socket.js';
import { openUpgrade } from '../../../src/daemon/server/upgrade.js';
import { openSocketClient } from '../../support/responses-socket.js';
import { snapshotOf } from '../../support/runtime.js';

const MEGABYTE = 1024 * 1024;

test('a client that does not read pauses the upstream until it reads again', async () => {
  let begin: (sink: ClientSink) => void = () => undefined;
  const begun = new Promise<ClientSink>((resolve) => {
    begin = resolve;
  });
  const holder = { current: snapshotOf('api-keys: []') };
  const sockets = openResponsesSockets({
    engine: { handle: () => Promise.resolve({ status: 200, headers: {}, body: { kind: 'stream', start: begin } }) },
    holder,
    dialect: CLIENT_DIALECTS.responses,
    now: () => 0,
    newId: (prefix) => `${prefix}1`,
    onRefused: (_c, failure) => expect.unreachable(failure.message),
    onRunning: () => () => undefined,
  });
  const app = new Hono<ServerEnv>().get('/v1/responses', (c) => {
    c.set('snapshot', holder.current);
    return sockets.accept(c);
  });
  const server = createServer().on('upgrade', openUpgrade(app));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const client = await openSocketClient(`http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/responses`, {});
  try {
    client.send({ type: 'response.create', model: 'm', input: 'x' });
    const sink = await begun;
    client.socket.pause();
    const drained = new Promise<void>((resolve) => sink.onDrain(resolve));
    const line = `${JSON.stringify({ type: 'response.output_text.delta', delta: 'x'.repeat(MEGABYTE) })}\n`;
    let written = 0;
    do written++;
    while (sink.write(line) && written < 64);
    expect(written).toBeLessThan(64);
    client.socket.resume();
    await drained;
    for (let read = 0; read < written; read++) expect((await client.next())['delta']).toHaveLength(MEGABYTE);
    sink.end();
  } finally {
    sockets.terminate();
    await new Promise((resolve) => server.close(resolve));
  }
});
