/** What pictures are wanted; the prompt, and pictures to change, stand in the request's one message. */
export interface ImageOptions {
  readonly action: 'generate' | 'edit';
  /** 1 to 10. */
  readonly count: number;
  /** `1024x1536`, `16:9`, `auto`, or another word of a vendor's. */
  readonly size?: string;
  readonly quality?: string;
  readonly style?: string;
  readonly background?: string;
  /** `png`, `jpeg` or `webp`. */
  readonly outputFormat?: string;
  /** 0 to 100. */
  readonly outputCompression?: number;
  readonly moderation?: string;
  readonly inputFidelity?: string;
  /** Drafts wanted on the way, 0 to 3. */
  readonly partialImages: number;
  /** How the client wants to get them. */
  readonly delivery: 'data' | 'url';
  /** Whose transparent areas say what is to be changed in the first picture: a data URL, or a link. */
  readonly mask?: string;
}

/** More pictures than this are not asked for at once (OpenAI's limit; gemini.md 9.3). */
export const MAX_IMAGES = 10;
/** More drafts than this are not sent on the way to one picture (OpenAI's limit). */
export const MAX_PARTIAL_IMAGES = 3;
