import type { z } from 'zod';

/** One route of the management API as data. Answers may have more members than the schema says; failures are `{ error, message? }`. */
export interface ManagementRoute<Output extends z.ZodType = z.ZodType> {
  readonly method: 'get' | 'post' | 'put' | 'patch' | 'delete';
  /** Below `/v0/management` unless it is `navigation`. */
  readonly path: string;
  /**
   * `key`: asks for the management key. `state`: a pending login's secret `state` stands in for it. `navigation`: the same, and
   * a browser comes here from another site.
   */
  readonly access: 'key' | 'state' | 'navigation';
  /** One line for the documentation. */
  readonly does: string;
  /** `undefined`: the answer is no JSON. */
  readonly output: Output | undefined;
}

export type ManagementContract = Readonly<Record<string, ManagementRoute>>;

/** Every path of the API begins so. */
export const MANAGEMENT_BASE = '/v0/management';

export const defineManagementRoute = <Output extends z.ZodType>(
  route: Omit<ManagementRoute<Output>, 'output'> & { readonly output: Output },
): ManagementRoute<Output> & { readonly output: Output } => route;

/** A route whose answer is a file or a page. */
export const definePlainRoute = (
  route: Omit<ManagementRoute, 'output'>,
): ManagementRoute & { readonly output: undefined } => ({ ...route, output: undefined });
