/** What is kept, and handed out as: types that a browser shows as pictures and never runs. */
const EXTENSIONS: Readonly<Record<string, string>> = {
  'image/png': 'png',
  'image/jpeg': 'jpg',
  'image/webp': 'webp',
  'image/gif': 'gif',
};

/** When it is over, in base 36; what nobody can guess; the type. */
const NAME = /^([0-9a-z]{8,11})-[A-Za-z0-9_-]{22,64}\.(png|jpg|webp|gif)$/;

export const extensionOf = (mediaType: string): string | undefined =>
  Object.hasOwn(EXTENSIONS, mediaType) ? EXTENSIONS[mediaType] : undefined;

export const mediaTypeOf = (name: string): string | undefined => {
  const extension = NAME.exec(name)?.[2];
  return Object.keys(EXTENSIONS).find((type) => EXTENSIONS[type] === extension);
};

export const isImageFileName = (name: string): boolean => NAME.test(name);

export const nameOf = (expiresAt: number, random: string, extension: string): string =>
  `${Math.ceil(expiresAt).toString(36)}-${random}.${extension}`;

/** When it is over, in epoch milliseconds; `undefined`: the name is none of ours. */
export function readName(name: string): number | undefined {
  const text = NAME.exec(name)?.[1];
  return text === undefined ? undefined : Number.parseInt(text, 36);
}
