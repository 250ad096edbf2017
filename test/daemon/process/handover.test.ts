import { connect, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, expect, test } from 'vitest';
import { type Handover, openHandover, type Taker } from '../../../src/daemon/process/handover.js';
import { settlePort } from '../../../src/daemon/process/listen.js';

let handover: Handover | undefined;
const clients: Socket[] = [];
afterEach(() => {
  handover?.close();
  for (const client of clients.splice(0)) client.destroy();
});

const open = async (): Promise<{ handover: Handover; join(): Promise<string> }> => {
  const listen = await settlePort({ host: '127.0.0.1', port: 0 });
  const opened = await openHandover(listen);
  handover = opened;
  return {
    handover: opened,
    join() {
      const client = connect(listen.port, '127.0.0.1');
      clients.push(client);
      return text(client).catch((error: NodeJS.ErrnoException) => `${error.code}`);
    },
  };
};

/** Takes a connection as a worker would: what stays with the primary is a copy, which it closes. */
const taking = (name: string, taken: string[] = []): Taker => ({
  give(socket) {
    taken.push(name);
    return new Promise((resolve) => socket.end(name, () => resolve(true)));
  },
});

test('takers have their turns', async () => {
  const { handover, join } = await open();
  handover.join(taking('a'));
  handover.join(taking('b'));
  const answers = [];
  for (let asked = 0; asked < 6; asked++) answers.push(await join());
  expect(answers.filter((answer) => answer === 'a')).toHaveLength(3);
  expect(answers.filter((answer) => answer === 'b')).toHaveLength(3);
});

test('a connection whose taker dies before it has it goes to the next one', async () => {
  const { handover, join } = await open();
  const taken: string[] = [];
  const dying = {
    async give() {
      taken.push('dying');
      leave();
      return false;
    },
  };
  const leave = handover.join(dying);
  handover.join(taking('alive', taken));
  const answers = await Promise.all([join(), join(), join()]);
  expect(answers).toEqual(['alive', 'alive', 'alive']);
  expect(taken.filter((name) => name === 'dying')).toHaveLength(1);
});

test('connections wait for the first taker', async () => {
  const { handover, join } = await open();
  const answer = join();
  await new Promise<void>((resolve) => clients[0]?.once('connect', resolve));
  handover.join(taking('late'));
  expect(await answer).toBe('late');
});

test('closing ends what still waits', async () => {
  const { handover, join } = await open();
  const answer = join();
  await new Promise<void>((resolve) => clients[0]?.once('connect', resolve));
  handover.close();
  expect(['', 'ECONNRESET']).toContain(await answer);
});
