import http, { type RequestOptions } from 'node:http';
import https from 'node:https';
import { connect, isIP, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { USER_AGENT } from '../../shared/version.js';

export interface TunnelTarget {
  /** Without brackets. */
  readonly host: string;
  readonly port: number;
}

/** A connection to `target` through an http, https or socks5 proxy. It is destroyed when `signal` aborts on the way. */
export function openTunnel(target: TunnelTarget, proxy: URL, signal: AbortSignal): Promise<Socket> {
  return /^socks(5h?)?:$/.test(proxy.protocol) ? throughSocks(target, proxy, signal) : byConnect(target, proxy, signal);
}

/** TLS over a connection that is there, as the HTTP client speaks it: HTTP/1.1, the system's and node's authorities. */
export function secureOver(socket: Socket, host: string): Socket {
  return connectTls({ socket, host, ...(isIP(host) === 0 ? { servername: host } : {}), ALPNProtocols: ['http/1.1'] });
}

function byConnect({ host, port }: TunnelTarget, proxy: URL, signal: AbortSignal): Promise<Socket> {
  const authority = `${isIP(host) === 6 ? `[${host}]` : host}:${port}`;
  const { user, password } = userOf(proxy);
  const options: RequestOptions = {
    method: 'CONNECT',
    host: proxy.hostname.replace(/^\[|\]$/g, ''),
    port: proxy.port || (proxy.protocol === 'https:' ? 443 : 80),
    path: authority,
    headers: {
      host: authority,
      'user-agent': USER_AGENT,
      ...(user === ''
        ? {}
        : { 'proxy-authorization': `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}` }),
    },
    agent: false,
    signal,
  };
  return new Promise((resolve, reject) => {
    const request = (proxy.protocol === 'https:' ? https : http).request(options);
    request.once('connect', (response, socket) => {
      if (response.statusCode === 200) return resolve(socket);
      socket.destroy();
      reject(refused(`the proxy answers CONNECT with ${response.statusCode}`));
    });
    request.once('response', (response) => {
      request.destroy();
      reject(refused(`the proxy answers CONNECT with ${response.statusCode}`));
    });
    request.once('error', reject);
    request.end();
  });
}

/** RFC 1928, with user and password of RFC 1929; the proxy resolves the name. */
async function throughSocks({ host, port }: TunnelTarget, proxy: URL, signal: AbortSignal): Promise<Socket> {
  const socket = connect({ host: proxy.hostname.replace(/^\[|\]$/g, ''), port: Number(proxy.port) || 1080, signal });
  const { read, stop } = openReader(socket);
  try {
    const { user, password } = userOf(proxy);
    socket.write(user === '' ? Uint8Array.of(5, 1, 0) : Uint8Array.of(5, 2, 0, 2));
    const [version, method] = await read(2);
    if (version !== 5) throw refused('the proxy does not speak SOCKS5');
    if (method === 2 && user !== '') {
      socket.write(Buffer.concat([Uint8Array.of(1), counted(user), counted(password)]));
      if ((await read(2))[1] !== 0) throw refused('the proxy refuses its user and password');
    } else if (method !== 0) {
      throw refused('the proxy wants a user and password');
    }
    socket.write(Buffer.concat([Uint8Array.of(5, 1, 0, 3), counted(host), Uint8Array.of(port >> 8, port & 0xff)]));
    const [, answer, , kind] = await read(4);
    if (answer !== 0) throw refused(`the proxy cannot reach ${host} (SOCKS5 reply ${answer})`);
    const rest = kind === 1 ? 4 : kind === 4 ? 16 : ((await read(1))[0] ?? 0);
    await read(rest + 2);
    return socket;
  } catch (error) {
    socket.destroy();
    throw error;
  } finally {
    stop();
  }
}

const counted = (text: string): Buffer => {
  const bytes = Buffer.from(text).subarray(0, 255);
  return Buffer.concat([Uint8Array.of(bytes.length), bytes]);
};

const userOf = ({ username, password }: URL): { readonly user: string; readonly password: string } => ({
  user: decodeURIComponent(username),
  password: decodeURIComponent(password),
});

/** Takes exactly so many bytes and leaves what follows on the socket. */
function openReader(socket: Socket): { read(amount: number): Promise<Uint8Array>; stop(): void } {
  let failure: Error | undefined;
  let attempt = (): void => undefined;
  const fail = (error: Error): void => {
    failure ??= error;
    attempt();
  };
  const onEnd = (): void => fail(refused('the proxy closed the connection'));
  const onReadable = (): void => attempt();
  socket.on('error', fail).on('end', onEnd).on('close', onEnd).on('readable', onReadable);
  return {
    read: (amount) =>
      new Promise((resolve, reject) => {
        attempt = () => {
          if (failure !== undefined) return reject(failure);
          const bytes: unknown = socket.read(amount);
          if (bytes instanceof Uint8Array) resolve(bytes);
        };
        attempt();
      }),
    stop() {
      // `error` stays listened to until the next owner does: between the two it would end the process.
      socket.off('end', onEnd).off('close', onEnd).off('readable', onReadable);
    },
  };
}

const refused = (message: string): Error => Object.assign(new Error(message), { code: 'ERR_PROXY' });
