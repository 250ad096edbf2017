import type * as library from 'oauth4webapi';
import type { AccountContext } from './account-context.js';
import { callVendor, textOf, type VendorReply } from './vendor-call.js';

export type OAuthLibrary = typeof library;

/** Loaded at the first login: whoever only starts the gateway does without it. */
export const loadOAuth = (): Promise<OAuthLibrary> => import('oauth4webapi');

/** Where a vendor's OAuth is, and who asks there. */
export interface StandardParty {
  readonly server: library.AuthorizationServer;
  readonly client: library.Client;
  readonly proof: library.ClientAuth;
}

export interface StandardCall<T> {
  readonly party: PartyOptions;
  /** One request and the reading of its answer. */
  readonly run: (oauth: OAuthLibrary, party: StandardParty, options: CallOptions) => Promise<T>;
  readonly signal?: AbortSignal;
  /** GitHub's deviation from RFC 6749, 5.2: errors come with status 200. */
  readonly hasErrorsAs200?: boolean;
}

interface PartyOptions {
  readonly endpoints: Readonly<Omit<library.AuthorizationServer, 'issuer'>>;
  readonly clientId: string;
  readonly clientSecret: string | undefined;
}

type CallOptions = library.TokenEndpointRequestOptions & library.DeviceAuthorizationRequestOptions;

export interface StandardAnswer<T> {
  /** As it came, for the words of a refusal. */
  readonly reply: VendorReply;
  /** Absent: it is a refusal, or breaks the standard. */
  readonly value?: T;
}

/** A call by the standard, over our own HTTP client: with its proxy, its certificates and our name. @throws AppError `vendor_unreachable` */
export async function askStandard<T>(context: AccountContext, call: StandardCall<T>): Promise<StandardAnswer<T>> {
  const oauth = await loadOAuth();
  let reply: VendorReply | undefined;
  const fetchOverOurs: CallOptions[typeof library.customFetch] = async (url, { body }) => {
    reply = await callVendor(context, {
      url,
      form: Object.fromEntries(body),
      ...(call.signal === undefined ? {} : { signal: call.signal }),
    });
    const isRefusal = call.hasErrorsAs200 === true && reply.status === 200 && textOf(reply.body['error']) !== undefined;
    return responseOf(isRefusal ? 400 : reply.status, reply);
  };
  const options: CallOptions = {
    [oauth.customFetch]: fetchOverOurs,
    // `endpointOf` lets http through on loopback only.
    [oauth.allowInsecureRequests]: true,
  };
  try {
    const value = await call.run(oauth, partyOf(oauth, call.party), options);
    if (reply === undefined) throw new Error('a call by the standard asked nobody');
    return { reply, value };
  } catch (error) {
    if (reply === undefined || !isAboutAnswer(oauth, error)) throw error;
    return { reply };
  }
}

function partyOf(oauth: OAuthLibrary, { endpoints, clientId, clientSecret }: PartyOptions): StandardParty {
  return {
    // No vendor here is found by its issuer: the endpoints are configured.
    server: { issuer: 'https://issuer.invalid', ...endpoints },
    client: { client_id: clientId },
    proof: clientSecret === undefined ? oauth.None() : oauth.ClientSecretPost(clientSecret),
  };
}

const isAboutAnswer = (oauth: OAuthLibrary, error: unknown): boolean =>
  error instanceof oauth.ResponseBodyError ||
  error instanceof oauth.OperationProcessingError ||
  error instanceof oauth.WWWAuthenticateChallengeError ||
  error instanceof oauth.UnsupportedOperationError;

const BODILESS: ReadonlySet<number> = new Set([204, 205, 304]);

const responseOf = (status: number, { body }: VendorReply): Response =>
  new Response(BODILESS.has(status) ? null : JSON.stringify(body), {
    status,
    headers: { 'content-type': 'application/json' },
  });
