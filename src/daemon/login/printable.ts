/** Longest text of a vendor that is shown. */
const MAX_SIGNS = 300;

/** Foreign text on one line and of bounded length. */
export const printable = (text: string): string =>
  text
    .replace(/[\p{Cc}\p{Cf}\s]+/gu, ' ')
    .trim()
    .slice(0, MAX_SIGNS);
