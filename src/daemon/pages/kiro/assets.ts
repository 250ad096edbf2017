import { readFile } from 'node:fs/promises';

export interface Asset {
  readonly type: string;
  readonly content: Uint8Array<ArrayBuffer>;
}

const TYPES: Readonly<Record<string, string>> = {
  'page.css': 'text/css; charset=utf-8',
  'page.js': 'text/javascript; charset=utf-8',
  'icon.svg': 'image/svg+xml',
};

/** The files beside the pages; `undefined` for a name that is none of theirs. */
export function openAssets(folder: URL): (name: string) => Promise<Asset | undefined> {
  const read = new Map<string, Promise<Asset>>();
  return async (name) => {
    const type = Object.hasOwn(TYPES, name) ? TYPES[name] : undefined;
    if (type === undefined) return undefined;
    const asset =
      read.get(name) ?? readFile(new URL(name, folder)).then((bytes) => ({ type, content: Uint8Array.from(bytes) }));
    read.set(name, asset);
    return asset;
  };
}
