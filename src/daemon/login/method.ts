import type { JsonObject } from '../ir/json.js';
import type { AccountContext } from './account-context.js';
import type { LocalFiles } from './local-files.js';

export type { LocalFiles } from './local-files.js';

/** A finished login: what to keep and under which name. */
export interface NewCredential {
  /** As the vendor's page of the spec names files, `claude-ann@example.com.json`. */
  readonly name: string;
  readonly fields: JsonObject;
  /** For people: who logged in. */
  readonly label: string;
  /** Told at the end: `login ok, but no Copilot access`. */
  readonly warning?: string;
  /** Whether a stored object, of whatever provider, is the same account's: that file is then replaced, whatever its name. */
  isSame(stored: JsonObject): boolean;
}

/** What a login tells whoever drives it: a terminal, a page, a script. */
export type LoginEvent =
  /** Open this in a browser; the answer comes to `redirectUri`, or is pasted. */
  | { readonly type: 'open-url'; readonly url: string; readonly redirectUri: string }
  | {
      readonly type: 'device-code';
      readonly url: string;
      /** The same with the code filled in, where the vendor has it; for the QR code. */
      readonly completeUrl?: string;
      readonly userCode: string;
      /** Epoch milliseconds. */
      readonly expiresAt: number;
    }
  /** A secret or a choice is wanted; `Login.answer(id, value)` gives it. */
  | {
      readonly type: 'question';
      readonly id: string;
      readonly message: string;
      readonly secret: boolean;
      readonly choices?: readonly { readonly value: string; readonly label: string }[];
      /** The choice that counts where nobody can be asked. */
      readonly fallback?: string;
    }
  | { readonly type: 'progress'; readonly message: string };

/** What a method may use. Side effects go through it, so that a login runs in tests without a browser or a clock. */
export interface LoginContext extends AccountContext {
  readonly signal: AbortSignal;
  /** What the person chose beforehand, such as `own` for an import. */
  readonly options: Readonly<Record<string, string>>;
  readonly local: LocalFiles;
  tell(event: LoginEvent): void;
  /**
   * The person has agreed by this way: the others are called off. `awaitRedirect` says it by itself, polling must.
   * @throws AppError `login_cancelled` when another way came first.
   */
  granted(): void;
  /** Random bytes; tests give fixed ones. */
  randomBytes(length: number): Buffer;
  /**
   * Waits for the redirect: on loopback at `port` (or the port the person chose) and, at the same time, for a pasted URL
   * or `code#state`. Answers the browser with a page that tells the truth. Rejects a foreign `state` and goes on waiting.
   * @throws AppError `callback_port_in_use`, `login_denied`, `login_timeout`, `login_cancelled`.
   */
  awaitRedirect(wanted: RedirectWanted): Promise<RedirectResult>;
  /** Asks through the driver. @throws AppError `login_cancelled` */
  ask(question: {
    readonly id: string;
    readonly message: string;
    readonly secret?: boolean;
    readonly choices?: readonly { readonly value: string; readonly label: string }[];
    readonly fallback?: string;
  }): Promise<string>;
}

export interface RedirectWanted {
  /** Tried in order; the vendor has registered only these. */
  readonly ports: readonly number[];
  readonly path: string;
  readonly state: string;
  /** RFC 9207: who has to have answered, where the answer says who did. */
  readonly issuer?: string;
  /** How the redirect names this machine; default `localhost`. */
  readonly host?: '127.0.0.1';
  /** Tells the vendor where it will redirect to, before the address is made; for those who want to know each. */
  readonly announce?: (redirectUri: string) => Promise<void>;
  /** Makes the address to open, once the port is known. */
  readonly url: (redirectUri: string) => string;
  readonly timeoutMs: number;
}

export interface RedirectResult {
  readonly code: string;
  /** Byte for byte as it stood in the authorize request. */
  readonly redirectUri: string;
}

/** One way to log in. */
export interface LoginMethod {
  readonly id: 'browser' | 'device' | 'token' | 'import';
  readonly title: string;
  /** @throws AppError `login_denied`, `login_expired`, `login_refused`, `login_cancelled`, `login_timeout`. */
  run(context: LoginContext): Promise<NewCredential>;
}
