import type { WebSocket } from 'ws';
import type { Chain } from './websocket-chain.js';
import { typeOfFrame } from './websocket-frames.js';

/** Whoever has a response running on a connection. */
export interface ConnectionListener {
  frame(data: Buffer, isBinary: boolean): void;
  /** The last call, with the error that led to it, if there was one. */
  closed(code: number, cause: Error | undefined): void;
}

/** A peer that does not say goodbye is left without; `ws` alone would wait for 30 s. */
const CLOSE_WITHIN_MS = 1000;
/** RFC 6455 7.4.1: closed without a word. */
const ABNORMAL = 1006;

/** An open socket to a Responses upstream: one response at a time. */
export class SocketConnection {
  readonly openedAt: number;
  /** Of the headers of its upgrade: a request with others needs another connection. */
  readonly identity: string;
  /** What the upstream remembers; it dies with the connection. */
  chain: Chain | undefined;
  readonly #socket: WebSocket;
  #listener: ConnectionListener | undefined;
  #onGone: (() => void) | undefined;
  #cause: Error | undefined;
  #isGone: boolean;

  constructor(socket: WebSocket, { openedAt, identity }: { readonly openedAt: number; readonly identity: string }) {
    this.#socket = socket;
    this.openedAt = openedAt;
    this.identity = identity;
    this.#isGone = socket.readyState === socket.CLOSED;
    socket.on('message', (data: Buffer, isBinary: boolean) => this.#receive(data, isBinary));
    socket.on('error', (error) => {
      this.#cause ??= error;
      // A peer that broke the protocol is not waited for.
      socket.terminate();
    });
    socket.once('close', (code) => {
      this.#isGone = true;
      this.#listener?.closed(code, this.#cause);
      this.#listener = undefined;
      this.#onGone?.();
    });
  }

  get isOpen(): boolean {
    return !this.#isGone && this.#socket.readyState === this.#socket.OPEN;
  }

  /** Sends a request; what comes is the listener's until `release`. */
  begin(frame: Uint8Array, listener: ConnectionListener): void {
    this.#listener = listener;
    this.#onGone = undefined;
    if (this.#isGone) queueMicrotask(() => listener.closed(ABNORMAL, this.#cause));
    else this.#socket.send(frame, { binary: false });
  }

  /** The response has ended. `onGone` is called when the connection does not live to see another. */
  release(onGone: () => void): void {
    this.#listener = undefined;
    this.#socket.resume();
    if (this.#isGone) onGone();
    else this.#onGone = onGone;
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  /** Cuts the connection; the listener hears of it no more. */
  terminate(): void {
    this.#listener = undefined;
    this.#socket.terminate();
  }

  /** Says goodbye on a connection that nobody uses. */
  close(): void {
    this.#listener = undefined;
    this.#socket.resume();
    this.#socket.close(1000);
    const timer = setTimeout(() => this.#socket.terminate(), CLOSE_WITHIN_MS).unref();
    this.#socket.once('close', () => clearTimeout(timer));
  }

  #receive(data: Buffer, isBinary: boolean): void {
    if (this.#listener !== undefined) this.#listener.frame(data, isBinary);
    // Limits are told between answers too; anything else there belongs to no request.
    else if (isBinary || typeOfFrame(data)?.startsWith('codex.') !== true) this.#socket.terminate();
  }
}
