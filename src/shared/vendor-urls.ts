/** Where the vendors serve their own APIs: what an absent `base-url` means, and what `setup` proposes. */
export const VENDOR_URLS = {
  anthropic: 'https://api.anthropic.com',
  gemini: 'https://generativelanguage.googleapis.com',
  openai: 'https://api.openai.com/v1',
} as const;
