/** A decoded image or file of the last turn. */
export interface Media {
  readonly mimeType: string;
  /** Decoded size; undefined for a link, which is not fetched. */
  readonly bytes: number | undefined;
}

export interface DecodedMedia {
  readonly bytes: number;
  /** What the first bytes say it is; undefined when they say nothing. */
  readonly sniffed: string | undefined;
}

/** Decodes strict base64: right alphabet, right padding. Undefined when it is none. */
export function decodeBase64(data: string): DecodedMedia | undefined {
  if (data.length === 0 || data.length % 4 !== 0 || data.includes('-') || data.includes('_')) return undefined;
  const padding = data.endsWith('==') ? 2 : data.endsWith('=') ? 1 : 0;
  const decoded = Buffer.from(data, 'base64');
  // Node skips characters that are no base64: then there are fewer bytes than the length promises.
  if (decoded.length !== (data.length / 4) * 3 - padding) return undefined;
  return { bytes: decoded.length, sniffed: sniff(decoded) };
}

const SIGNATURES: readonly (readonly [string, string])[] = [
  ['89504e47', 'image/png'],
  ['ffd8ff', 'image/jpeg'],
  ['47494638', 'image/gif'],
  ['25504446', 'application/pdf'],
];

function sniff(bytes: Buffer): string | undefined {
  const head = bytes.subarray(0, 4).toString('hex');
  const known = SIGNATURES.find(([start]) => head.startsWith(start))?.[1];
  if (known !== undefined) return known;
  return head === '52494646' && bytes.toString('latin1', 8, 12) === 'WEBP' ? 'image/webp' : undefined;
}

/** Splits `data:<mime>;base64,<data>`; undefined for anything else. */
export function splitDataUrl(url: string): { readonly mimeType: string; readonly data: string } | undefined {
  const comma = url.indexOf(',');
  const head = /^data:([^;,]+);base64$/.exec(url.slice(0, Math.max(0, comma)));
  return head?.[1] === undefined ? undefined : { mimeType: head[1], data: url.slice(comma + 1) };
}

/** `(image/png, 68 bytes)`, as answers name what they were shown. */
export const nameMedia = ({ mimeType, bytes }: Media): string =>
  bytes === undefined ? `(${mimeType}, linked)` : `(${mimeType}, ${bytes} bytes)`;
