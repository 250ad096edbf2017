import { crc32 } from 'node:zlib';
import type { JsonObject } from '../../src/daemon/ir/json.js';

/** One frame of `application/vnd.amazon.eventstream`, its headers all texts. */
export function encodeFrame(headers: Readonly<Record<string, string>>, payload: string): Buffer {
  const head = Buffer.concat(
    Object.entries(headers).map(([name, value]) => {
      const text = Buffer.from(value);
      const length = Buffer.alloc(2);
      length.writeUInt16BE(text.length);
      return Buffer.concat([Buffer.from([name.length]), Buffer.from(name), Buffer.from([7]), length, text]);
    }),
  );
  const body = Buffer.from(payload);
  const prelude = Buffer.alloc(12);
  prelude.writeUInt32BE(16 + head.length + body.length, 0);
  prelude.writeUInt32BE(head.length, 4);
  prelude.writeUInt32BE(crc32(prelude.subarray(0, 8)), 8);
  const whole = Buffer.concat([prelude, head, body]);
  const sum = Buffer.alloc(4);
  sum.writeUInt32BE(crc32(whole));
  return Buffer.concat([whole, sum]);
}

export const eventFrame = (type: string, payload: JsonObject): Buffer =>
  encodeFrame(
    { ':message-type': 'event', ':event-type': type, ':content-type': 'application/json' },
    JSON.stringify(payload),
  );

export const exceptionFrame = (type: string, payload: JsonObject): Buffer =>
  encodeFrame({ ':message-type': 'exception', ':exception-type': type }, JSON.stringify(payload));
