export const DEFAULT_PORT = 8317;

/** The text of a fresh config: safe defaults, a random client key, and room for providers. */
export const newConfigText = (
  clientKey: string,
  port = DEFAULT_PORT,
): string => `# cliproxyctl: what it serves, to whom.
# Every setting with its default stands in config.example.yaml of the package. Changes take effect at once.

# Only this machine can connect. "" listens on every address; keep the keys below then.
host: 127.0.0.1
port: ${port}

# What your clients send as their API key. \`cliproxyctl keys\` adds and revokes them.
api-keys:
  - ${clientKey}
`;
