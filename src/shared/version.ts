import manifest from '../../package.json' with { type: 'json' };

export const VERSION: string = manifest.version;
/** How we name ourselves to every upstream. */
export const PRODUCT = 'cliproxyctl';
export const USER_AGENT = `${PRODUCT}/${VERSION}`;
