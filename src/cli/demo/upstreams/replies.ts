import type { ScriptedReply } from './scripted.js';
import type { ErrorName, ErrorOptions, UpstreamKind } from './vendor.js';
import { vendorOf } from './vendors.js';

/** The vendor's answer to that failure, with its real status, body and headers. */
export const errorReply = (kind: UpstreamKind, name: ErrorName, options: ErrorOptions = {}): ScriptedReply =>
  vendorOf(kind).error(name, options);

/** A stream that says the text, then reports a failure in the vendor's way. */
export const streamThenError = (kind: UpstreamKind, text: string): ScriptedReply => ({
  stream: [...vendorOf(kind).openStream(text), vendorOf(kind).streamError()],
});

/** A stream that says the text; then the connection closes. */
export const streamThenCut = (kind: UpstreamKind, text: string): ScriptedReply => ({
  stream: [...vendorOf(kind).openStream(text), 'cut'],
});

/** A stream that says the text and then ends, without the vendor's last event. */
export const streamThenEnd = (kind: UpstreamKind, text: string): ScriptedReply => ({
  stream: vendorOf(kind).openStream(text),
});

/** A stream that says the text, then nothing more, with the connection open. */
export const streamThenStall = (kind: UpstreamKind, text: string): ScriptedReply => ({
  stream: [...vendorOf(kind).openStream(text), 'stall'],
});

/** What a bot check in front of an API answers. */
export const challengePage = (status = 403): ScriptedReply => ({
  status,
  headers: { 'content-type': 'text/html; charset=UTF-8', server: 'cloudflare', 'cf-mitigated': 'challenge' },
  body: '<!DOCTYPE html><html lang="en-US"><head><title>Just a moment...</title></head><body><div id="challenge-error-text">Enable JavaScript and cookies to continue</div></body></html>',
});

/** The connection is reset before any header. */
export const resetReply = (): ScriptedReply => ({ stream: ['reset'] });
