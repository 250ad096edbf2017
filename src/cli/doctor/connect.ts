import { lookup } from 'node:dns/promises';
import { connect as connectTcp, isIP, type Socket } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { errorCode, ProbeError, type Target } from './probe-error.js';
import { askConnect, askSocks5 } from './tunnel.js';

/**
 * Opens the way to `target`, through `proxy` (http, https, socks5, socks5h) when given. The caller destroys the socket;
 * an aborted `signal` destroys it too.
 */
export async function openWay(target: Target, proxy: string | undefined, signal: AbortSignal): Promise<Socket> {
  const socket =
    proxy === undefined ? await dial(target, 'connect', signal) : await throughProxy(target, proxy, signal);
  return target.isTls ? secure(socket, target.host, 'tls') : socket;
}

async function throughProxy(target: Target, proxy: string, signal: AbortSignal): Promise<Socket> {
  if (!URL.canParse(proxy)) throw new ProbeError('proxy', 'proxy-url is no URL');
  const url = new URL(proxy);
  const isSocks = /^socks5?h?:$/.test(url.protocol);
  const isTls = url.protocol === 'https:';
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const port = Number(url.port) || (isSocks ? 1080 : isTls ? 443 : 80);
  const plain = await dial({ host, port, isTls }, 'proxy', signal);
  const socket = isTls ? await secure(plain, host, 'proxy') : plain;
  try {
    await (isSocks ? askSocks5(socket, target, url) : askConnect(socket, target, url));
    return socket;
  } catch (error) {
    socket.destroy();
    throw error;
  }
}

async function dial({ host, port }: Target, stage: 'connect' | 'proxy', signal: AbortSignal): Promise<Socket> {
  const name = stage === 'proxy' ? `proxy ${host}:${port}` : `${host}:${port}`;
  if (isIP(host) === 0) {
    await lookup(host).catch((error: unknown) => {
      throw new ProbeError(stage === 'proxy' ? 'proxy' : 'dns', `the name ${host} does not resolve`, error);
    });
  }
  return new Promise((resolve, reject) => {
    const socket = connectTcp({ host, port, signal });
    socket.once('connect', () => resolve(socket));
    // Stays for the socket's life: an error after the connection shows as its close to whoever reads.
    socket.on('error', (error) => {
      const reason = UNREACHABLE[errorCode(error) ?? ''] ?? 'cannot be reached';
      reject(new ProbeError(stage, `${name} ${reason}`, error));
    });
  });
}

const UNREACHABLE: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'refuses the connection',
  ETIMEDOUT: 'does not answer',
  EHOSTUNREACH: 'has no route from here',
  ENETUNREACH: 'has no route from here',
};

function secure(socket: Socket, host: string, stage: 'tls' | 'proxy'): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const servername = isIP(host) === 0 ? { servername: host } : {};
    const tls = connectTls({ socket, host, ...servername, ALPNProtocols: ['http/1.1'] });
    tls.once('secureConnect', () => resolve(tls));
    tls.on('error', (error) => {
      socket.destroy();
      const reason = CERTIFICATE[errorCode(error) ?? ''] ?? error.message;
      reject(new ProbeError(stage, `TLS to ${host} fails: ${reason}`, error));
    });
    tls.once('close', () => reject(new ProbeError(stage, `${host} closes the connection during TLS`)));
  });
}

const UNKNOWN_AUTHORITY = 'its certificate is signed by an authority this machine does not know';
const CERTIFICATE: Readonly<Record<string, string>> = {
  CERT_HAS_EXPIRED: 'its certificate has expired',
  CERT_NOT_YET_VALID: 'its certificate is not valid yet',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'its certificate is self-signed',
  SELF_SIGNED_CERT_IN_CHAIN: UNKNOWN_AUTHORITY,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: UNKNOWN_AUTHORITY,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: UNKNOWN_AUTHORITY,
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for another name',
};
