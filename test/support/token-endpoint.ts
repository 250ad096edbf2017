import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface TokenEndpoint {
  readonly url: string;
  /** How many tokens were given. */
  count(): number;
  /** Refresh tokens that came twice; the first of them ends the account. */
  reused(): readonly string[];
  /** No token is taken any more. */
  endAccount(): void;
  close(): Promise<void>;
}

/** A vendor that takes each refresh token once, and ends the account when one comes again. Tokens are `rt-0`, `rt-1`, ... */
export async function startTokenEndpoint(): Promise<TokenEndpoint> {
  let given = 0;
  const reused: string[] = [];
  let isOver = false;
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const token: string = JSON.parse(Buffer.concat(chunks).toString('utf8')).refresh_token;
      const isCurrent = token === `rt-${given}`;
      const isLive = !isOver && reused.length === 0 && isCurrent;
      if (isLive) given++;
      else if (!isCurrent) reused.push(token);
      response.writeHead(isLive ? 200 : 400, { 'content-type': 'application/json' });
      response.end(
        JSON.stringify(
          isLive
            ? { access_token: `at-${given}`, refresh_token: `rt-${given}`, last_refresh: new Date().toISOString() }
            : { error: 'invalid_grant' },
        ),
      );
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/token`,
    count: () => given,
    reused: () => reused,
    endAccount() {
      isOver = true;
    },
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}
