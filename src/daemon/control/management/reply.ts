import type { z } from 'zod';
import type { ManagementContract } from '../../../shared/contract/management/route.js';

/** One call of the management API that was let in. */
export interface ManagementCall {
  readonly request: Request;
  readonly query: URLSearchParams;
  /** The path's, decoded. */
  readonly params: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
  /** It came over TCP: some things are only for the local socket, and the file itself. */
  readonly isRemote: boolean;
}

/** A JSON answer; a status other than 200 where the contract says so. */
export interface ManagementReply<Body> {
  readonly status?: number;
  readonly body: Body;
}

/** An answer that is a file or a page. */
export interface PlainReply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
}

export type ManagementHandlers<C extends ManagementContract> = {
  readonly [K in keyof C]: (
    call: ManagementCall,
  ) => Promise<C[K]['output'] extends z.ZodType ? ManagementReply<z.input<C[K]['output']>> : PlainReply>;
};

/** An expected failure in the words of the contract. */
export class ManagementRefusal extends Error {
  override readonly name = 'ManagementRefusal';
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;

  constructor(status: number, body: string | Readonly<Record<string, unknown>>) {
    const told = typeof body === 'string' ? { error: body } : body;
    super(String(told['message'] ?? told['error']));
    this.status = status;
    this.body = told;
  }
}

/** A JSON body. @throws ManagementRefusal 400 with that text. */
export async function readJson(request: Request, otherwise: string): Promise<{ value: unknown; text: string }> {
  const text = await request.text();
  try {
    return { value: JSON.parse(text), text };
  } catch {
    throw new ManagementRefusal(400, otherwise);
  }
}

export const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
