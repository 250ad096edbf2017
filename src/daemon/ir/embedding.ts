/** Texts to be made into vectors. */
export interface EmbedRequest {
  readonly inputs: readonly string[];
  /** Length of the vectors; absent: the model's own. */
  readonly dimensions?: number;
  /** What the vectors are for, in Google's words, such as `RETRIEVAL_QUERY`; others have none. */
  readonly taskType?: string;
  /** Of the document that the texts are from. */
  readonly title?: string;
  /** How the client wants the numbers: as JSON, or as base64 of little-endian float32. */
  readonly format: 'float' | 'base64';
}

/** One vector for each input, in their order. */
export type Vectors = readonly (readonly number[])[];
