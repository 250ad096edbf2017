import type { SimulatedUpstream } from '../../../support/upstream.js';

export interface Refused {
  readonly status: number;
  readonly error: { readonly message: string; readonly code?: unknown; readonly param?: unknown };
}

/** Posts a body as it is and gives what came back of the error; an accepted request has an empty message. */
export async function post(
  upstream: SimulatedUpstream,
  path: string,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): Promise<Refused> {
  const reply = await fetch(`${upstream.origin}${path}`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      authorization: 'Bearer k',
      'x-goog-api-key': 'k',
      'anthropic-version': '2023-06-01',
      ...headers,
    },
    body: JSON.stringify(body),
  });
  const { error } = (await reply.json()) as { error?: Refused['error'] | null };
  return { status: reply.status, error: error ?? { message: '' } };
}
