/** Base64 by what every JavaScript runtime has: `cliproxyctl/translate` also runs where there is no `Buffer`. */
export function encodeBase64(bytes: Uint8Array): string {
  let binary = '';
  // `fromCharCode` takes its bytes as arguments, and their number is limited.
  for (let at = 0; at < bytes.length; at += 8192) binary += String.fromCharCode(...bytes.subarray(at, at + 8192));
  return btoa(binary);
}

/** Reads either alphabet, padded or not; characters of neither are skipped. */
export function decodeBase64(text: string): Uint8Array {
  const plain = text
    .replaceAll('-', '+')
    .replaceAll('_', '/')
    .replace(/[^A-Za-z0-9+/]/g, '');
  // One character more than whole bytes need says nothing, and `atob` would refuse it.
  const binary = atob(plain.length % 4 === 1 ? plain.slice(0, -1) : plain);
  return Uint8Array.from(binary, (char) => char.charCodeAt(0));
}

export const encodeBase64Text = (text: string): string => encodeBase64(new TextEncoder().encode(text));

export const decodeBase64Text = (text: string): string => new TextDecoder().decode(decodeBase64(text));
