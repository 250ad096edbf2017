import { isIPv6, type Socket } from 'node:net';
import { USER_AGENT } from '../../shared/version.js';
import { ProbeError, type Target } from './probe-error.js';

/** HTTP CONNECT through the proxy; the proxy's own user and password are the only credentials sent. */
export async function askConnect(socket: Socket, { host, port }: Target, proxy: URL): Promise<void> {
  const authority = `${isIPv6(host) ? `[${host}]` : host}:${port}`;
  const user = proxyUser(proxy);
  const authorization =
    user === undefined
      ? ''
      : `Proxy-Authorization: Basic ${Buffer.from(`${user.name}:${user.password}`).toString('base64')}\r\n`;
  socket.write(
    `CONNECT ${authority} HTTP/1.1\r\nHost: ${authority}\r\nUser-Agent: ${USER_AGENT}\r\n${authorization}\r\n`,
  );
  const head = await readHead(socket, 'proxy');
  const status = Number(/^HTTP\/1\.[01] (\d{3})/.exec(head)?.[1] ?? 0);
  if (status === 200) return;
  const reason =
    status === 407 ? 'wants a user and password' : `answers CONNECT with ${status === 0 ? 'no HTTP' : status}`;
  throw new ProbeError('proxy', `proxy ${proxy.host} ${reason}`);
}

/** SOCKS5 CONNECT (RFC 1928, user and password of RFC 1929); the proxy resolves the name. */
export async function askSocks5(socket: Socket, { host, port }: Target, proxy: URL): Promise<void> {
  const user = proxyUser(proxy);
  const fail = (reason: string): ProbeError => new ProbeError('proxy', `proxy ${proxy.host} ${reason}`);
  const read = byteReader(socket, () => fail('closes the connection'));
  socket.write(user === undefined ? Uint8Array.of(5, 1, 0) : Uint8Array.of(5, 2, 0, 2));
  const [version, method] = await read(2);
  if (version !== 5) throw fail('does not speak SOCKS5');
  if (method === 0xff || (method === 2 && user === undefined)) throw fail('wants a user and password');
  if (method === 2 && user !== undefined) {
    const name = Buffer.from(user.name);
    const password = Buffer.from(user.password);
    socket.write(Buffer.concat([Uint8Array.of(1, name.length), name, Uint8Array.of(password.length), password]));
    const [, verdict] = await read(2);
    if (verdict !== 0) throw fail('refuses its user and password');
  }
  const name = Buffer.from(host);
  socket.write(Buffer.concat([Uint8Array.of(5, 1, 0, 3, name.length), name, Uint8Array.of(port >> 8, port & 0xff)]));
  const [, reply, , kind] = await read(4);
  if (reply !== 0) throw fail(`cannot reach ${host} (SOCKS5 reply ${reply})`);
  const rest = kind === 1 ? 4 : kind === 4 ? 16 : ((await read(1))[0] ?? 0);
  await read(rest + 2);
}

function proxyUser(proxy: URL): { readonly name: string; readonly password: string } | undefined {
  if (proxy.username === '') return undefined;
  return { name: decodeURIComponent(proxy.username), password: decodeURIComponent(proxy.password) };
}

const MAX_HEAD = 16 * 1024;

/** Reads up to the blank line that ends an HTTP head. */
export async function readHead(socket: Socket, stage: 'proxy' | 'http'): Promise<string> {
  const read = byteReader(socket, () => new ProbeError(stage, 'the connection is closed before an answer'));
  const bytes: number[] = [];
  while (bytes.length < MAX_HEAD) {
    bytes.push(...(await read(1)));
    if (bytes.at(-1) === 10 && bytes.at(-3) === 10) break;
  }
  return Buffer.from(bytes).toString('latin1');
}

/** Takes exactly so many bytes from a paused socket and leaves the rest on it. */
function byteReader(socket: Socket, closed: () => Error): (amount: number) => Promise<Uint8Array> {
  return (amount) =>
    new Promise((resolve, reject) => {
      const stop = (): void => {
        socket.off('readable', attempt);
        socket.off('close', end);
        socket.off('end', end);
      };
      const end = (): void => {
        stop();
        reject(closed());
      };
      const attempt = (): void => {
        if (amount === 0) {
          stop();
          resolve(new Uint8Array());
          return;
        }
        const chunk: unknown = socket.read(amount);
        if (chunk instanceof Uint8Array) {
          stop();
          resolve(chunk);
        }
      };
      socket.on('readable', attempt);
      socket.once('close', end);
      socket.once('end', end);
      attempt();
    });
}
