import { z } from 'zod';
import { defineRoute } from './route.js';

/** What the vendor's terms say of using its subscription through a gateway; shown before a login. */
const policySchema = z.object({
  standing: z.enum(['permitted', 'unclear', 'forbidden']),
  /** One line, in plain words. */
  summary: z.string(),
  /** Whose client id the consent page will name. */
  clientOwner: z.string(),
  sources: z.array(z.object({ url: z.string(), date: z.string() }).readonly()).readonly(),
});

const methodSchema = z.object({ id: z.string(), title: z.string() });

export const loginProviderSchema = z.object({
  /** Its channel: the name in the config's `oauth-*` keys, in file names and for `startLogin`. */
  id: z.string(),
  title: z.string(),
  methods: z.array(methodSchema),
  policy: policySchema,
});
export type LoginProviderView = z.output<typeof loginProviderSchema>;

const choiceSchema = z.object({ value: z.string(), label: z.string() }).readonly();

/** When it happened and which one it is, counted from 1 per login. */
const stamp = { seq: z.number().int(), at: z.number() };

export const loginEventSchema = z.discriminatedUnion('type', [
  /** Open this in a browser; the answer comes to `redirectUri`, or is pasted. */
  z.object({ ...stamp, type: z.literal('open-url'), url: z.string(), redirectUri: z.string() }),
  z.object({
    ...stamp,
    type: z.literal('device-code'),
    url: z.string(),
    /** The same with the code filled in. */
    completeUrl: z.string().optional(),
    userCode: z.string(),
    /** Epoch milliseconds. */
    expiresAt: z.number(),
  }),
  /** `answerLogin` with its `id` gives what is wanted. */
  z.object({
    ...stamp,
    type: z.literal('question'),
    id: z.string(),
    message: z.string(),
    /** Not to be shown while it is typed. */
    secret: z.boolean(),
    choices: z.array(choiceSchema).readonly().optional(),
    /** The choice that counts where nobody can be asked. */
    fallback: z.string().optional(),
  }),
  z.object({ ...stamp, type: z.literal('progress'), message: z.string() }),
]);
export type LoginEventView = z.output<typeof loginEventSchema>;

export const loginViewSchema = z.object({
  events: z.array(loginEventSchema),
  state: z.enum(['running', 'succeeded', 'failed', 'cancelled']),
  result: z
    .object({
      /** Id of the credential, as everywhere else. */
      credential: z.string(),
      /** Its file's name. */
      name: z.string(),
      label: z.string(),
      warning: z.string().optional(),
      /** The same account was there before. */
      replaced: z.boolean(),
    })
    .optional(),
  error: z
    .object({ code: z.string(), message: z.string(), hint: z.string().optional(), exitCode: z.number().optional() })
    .optional(),
});
export type LoginView = z.output<typeof loginViewSchema>;

export const logins = {
  listLoginProviders: defineRoute({
    method: 'get',
    path: '/v0/lifecycle/logins/providers',
    input: z.object({}),
    output: z.object({ providers: z.array(loginProviderSchema) }),
  }),
  startLogin: defineRoute({
    method: 'post',
    path: '/v0/lifecycle/logins',
    input: z.object({
      /** A channel, as `listLoginProviders` gives them. */
      provider: z.string(),
      /** Absent: every way that needs only the person's consent, at once; the first to succeed wins. */
      method: z.string().optional(),
      /** For the redirect; absent or 0: the vendor's own. */
      callbackPort: z.number().int().min(0).max(65_535).optional(),
      /** What a method understands: `own`, `enterprise`, `prompt`, `workspace`. */
      options: z.record(z.string(), z.string().max(1024)).optional(),
    }),
    output: z.object({ id: z.string() }),
  }),
  watchLogin: defineRoute({
    method: 'get',
    path: '/v0/lifecycle/logins/one',
    input: z.object({
      id: z.string(),
      /** The last `seq` known; 0: from the start. */
      after: z.coerce.number().int().min(0).default(0),
      /** Wait up to this long for news. */
      waitMs: z.coerce.number().int().min(0).max(30_000).default(0),
    }),
    output: loginViewSchema,
  }),
  answerLogin: defineRoute({
    method: 'post',
    path: '/v0/lifecycle/logins/answer',
    /** `question` absent: the pasted callback URL, `code#state` or code. */
    input: z.object({ id: z.string(), question: z.string().optional(), value: z.string().max(16_384) }),
    output: z.object({}),
  }),
  cancelLogin: defineRoute({
    method: 'post',
    path: '/v0/lifecycle/logins/cancel',
    input: z.object({ id: z.string() }),
    /** `false`: it had ended, or its credential was just being written. */
    output: z.object({ cancelled: z.boolean() }),
  }),
} as const;
