import manifest from '../../package.json' with { type: 'json' };

export const VERSION: string = manifest.version;
/** How we name ourselves to every upstream. */
export const USER_AGENT = `cliproxyctl/${VERSION}`;
