import type { z } from 'zod';

/** One management route as data: the daemon serves it, the CLI calls it, both from this one description. */
export interface Route<Input extends z.ZodType = z.ZodType, Output extends z.ZodType = z.ZodType> {
  readonly method: 'get' | 'post' | 'delete';
  readonly path: string;
  /** Sent as JSON body, or as query parameters for GET and DELETE. */
  readonly input: Input;
  /** Unknown fields are allowed, so that an older or newer daemon can answer. */
  readonly output: Output;
}

export type Contract = Readonly<Record<string, Route>>;

export type Handlers<C extends Contract> = {
  readonly [K in keyof C]: (
    input: z.output<C[K]['input']>,
    context: { readonly signal: AbortSignal },
  ) => Promise<z.input<C[K]['output']>>;
};

export type Client<C extends Contract> = {
  readonly [K in keyof C]: (
    input: z.input<C[K]['input']>,
    options?: { readonly signal?: AbortSignal; readonly timeoutMs?: number },
  ) => Promise<z.output<C[K]['output']>>;
};

export const defineRoute = <I extends z.ZodType, O extends z.ZodType>(route: Route<I, O>): Route<I, O> => route;
