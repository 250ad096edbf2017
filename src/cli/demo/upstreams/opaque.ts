import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';

/** How each vendor's values begin: what a gateway may look at to tell whose they are. */
const HEADS = {
  anthropic: [0x12, 0xca, 0x02],
  openai: [0x80, 0, 0, 0, 0, 0x68, 0x5f, 0x00, 0x00],
  gemini: [0x0a, 0x24, 0x01],
} as const;
export type OpaqueIssuer = keyof typeof HEADS;

const NONCE_BYTES = 12;
const MAC_BYTES = 32;
/** Real values are hundreds of bytes long. */
const PADDING_BYTES = 64;

/** A value that looks like the vendor's and that `isIssued` recognises, whichever upstream of that vendor issued it. */
export function issueOpaque(issuer: OpaqueIssuer, bound: string): string {
  const nonce = randomBytes(NONCE_BYTES);
  const bytes = Buffer.concat([
    Buffer.from(HEADS[issuer]),
    nonce,
    mac(issuer, nonce, bound),
    randomBytes(PADDING_BYTES),
  ]);
  return issuer === 'openai'
    ? bytes.toString('base64').replace(/\+/g, '-').replace(/\//g, '_')
    : bytes.toString('base64');
}

/** Whether this vendor issued the value for this content. */
export function isIssued(issuer: OpaqueIssuer, value: string, bound: string): boolean {
  const head = Buffer.from(HEADS[issuer]);
  const bytes = Buffer.from(value, 'base64');
  if (bytes.length !== head.length + NONCE_BYTES + MAC_BYTES + PADDING_BYTES) return false;
  if (!bytes.subarray(0, head.length).equals(head)) return false;
  const nonce = bytes.subarray(head.length, head.length + NONCE_BYTES);
  const claimed = bytes.subarray(head.length + NONCE_BYTES, head.length + NONCE_BYTES + MAC_BYTES);
  return timingSafeEqual(claimed, mac(issuer, nonce, bound));
}

const mac = (issuer: OpaqueIssuer, nonce: Uint8Array, bound: string): Buffer =>
  createHmac('sha256', `simulated ${issuer}`).update(nonce).update(bound).digest();
