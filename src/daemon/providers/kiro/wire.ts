/** The id of Kiro's dialect, and the issuer of what only Kiro may read. */
export const ID = 'kiro';
