/** Where the vendors serve their own APIs and logins: what an absent `base-url` means, what `setup` proposes, and where `doctor` looks. */
export const VENDOR_URLS = {
  anthropic: 'https://api.anthropic.com',
  gemini: 'https://generativelanguage.googleapis.com',
  openai: 'https://api.openai.com/v1',
  antigravity: 'https://daily-cloudcode-pa.googleapis.com',
  chatgpt: 'https://chatgpt.com',
  copilot: 'https://api.githubcopilot.com',
  kilo: 'https://api.kilo.ai',
} as const;
