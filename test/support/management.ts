import { createHash, randomBytes } from 'node:crypto';
import type { Hono } from 'hono';
import { openManagementAccess } from '../../src/daemon/control/access.js';
import type { ControlPlane, CredentialFile } from '../../src/daemon/control/control-plane.js';
import { openLockOut } from '../../src/daemon/control/lock-out.js';
import { antigravityHandlers } from '../../src/daemon/control/management/antigravity.js';
import { createManagementApp, type ManagementAppOptions } from '../../src/daemon/control/management/app.js';
import { authFileHandlers } from '../../src/daemon/control/management/auth-files.js';
import { kiroHandlers } from '../../src/daemon/control/management/kiro.js';
import { modelHandlers } from '../../src/daemon/control/management/models.js';
import { oauthHandlers } from '../../src/daemon/control/management/oauth.js';
import { openPlaceholders } from '../../src/daemon/control/management/placeholders.js';
import { vertexHandlers } from '../../src/daemon/control/management/vertex.js';
import { renderPage } from '../../src/daemon/login/callback-page.js';
import { createKiroPages } from '../../src/daemon/pages/kiro/app.js';
import { openModelDefinitions } from '../../src/daemon/process/model-definitions.js';
import { compileAccess } from '../../src/daemon/runtime/access-policy.js';
import { refuseAddress, refuseHost } from '../../src/daemon/runtime/address-check.js';
import type { Config } from '../../src/shared/config/schema.js';
import type { CredentialSummary } from '../../src/shared/contract/credentials.js';
import { PEER_HEADER } from '../../src/shared/contract/management/management.js';
import { AppError } from '../../src/shared/errors.js';
import { configOf } from './runtime.js';

export const MANAGEMENT_KEY = 'test-management-key';
export const NOW = Date.parse('2026-11-01T10:05:00Z');

export interface Asked {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Anything but a text or a form is sent as JSON. */
  readonly body?: unknown;
  /** `undefined`: over the local socket. */
  readonly peer?: string | undefined;
  readonly key?: string | undefined;
}

export interface Told {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly body: unknown;
}

export interface TestManagement {
  ask(path: string, asked?: Asked): Promise<Told>;
  /** Files by name, as they are now. */
  readonly files: Map<string, Readonly<Record<string, unknown>>>;
  summaries: CredentialSummary[];
  /** Why files cannot be read, by name. */
  readonly problems: Map<string, string>;
  /** How often a key was compared with the hash. */
  readonly verified: string[];
  readonly updates: unknown[];
  now: number;
  /** Of the key in force. */
  secretHash: string;
  /** The app itself, for a real server. */
  readonly app: Hono;
}

export interface TestManagementOptions {
  readonly config?: string;
  readonly password?: string;
  readonly files?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly logins?: ControlPlane['logins'];
  readonly credentials?: ControlPlane['credentials'];
  readonly refresh?: ControlPlane['keeping']['refresh'];
  readonly quota?: ControlPlane['keeping']['quota'];
  /** In place of `now`, for pages. */
  readonly clock?: () => number;
}

const hashOf = (key: string): string => `hash-of-${key}`;

/** The management API over files in memory. */
export function openTestManagement(options: TestManagementOptions = {}): TestManagement {
  const files = new Map(Object.entries(options.files ?? {}));
  const config: Config = configOf(options.config ?? `remote-management: {secret-key: ${hashOf(MANAGEMENT_KEY)}}`);
  const test: Omit<TestManagement, 'app'> = {
    ...{ ask, files, problems: new Map(), summaries: [], verified: [], updates: [], now: NOW },
    secretHash: config['remote-management']['secret-key'],
  };
  const plane = {
    config: () => config,
    credentials: options.credentials ?? (async () => test.summaries),
    credential: async (id: string) => {
      const found = test.summaries.find((each) => each.id === id);
      if (found === undefined) throw new AppError('credential_unknown', `there is no credential "${id}"`);
      return { ...found, offers: [{ name: 'my-model', model: 'acme-large' }] };
    },
    definitions: openModelDefinitions(),
    files: memoryFiles(files, test.problems),
    keeping: {
      update: async (change: { id: string }) => {
        test.updates.push(change);
        return test.summaries.find(({ id }) => id === change.id);
      },
      refresh: options.refresh,
      quota: options.quota,
    } as unknown as ControlPlane['keeping'],
    logins: options.logins ?? noLogins,
    status: async () =>
      ({ listen: { host: '', port: 8317, url: 'http://127.0.0.1:8317', tls: false } }) as Awaited<
        ReturnType<ControlPlane['status']>
      >,
  };
  const policy = compileAccess(config);
  const access = openManagementAccess({
    rules: () => ({
      secretHash: test.secretHash,
      password: options.password ?? '',
      allowRemote: config['remote-management']['allow-remote'],
    }),
    lockOut: openLockOut(() => test.now),
    verify: async (key, hash) => {
      test.verified.push(key);
      return hash === hashOf(key);
    },
    memoryKey: Buffer.alloc(32, 1),
  });
  const refuse: ManagementAppOptions['refuseAddress'] = (address, kind) => {
    const isOwn = address.origin === `http://${address.host}`;
    return kind === 'navigation' || isOwn ? refuseHost(address, policy) : refuseAddress(address, policy);
  };
  const app = createManagementApp({
    handlers: {
      ...authFileHandlers({
        plane,
        placeholders: openPlaceholders(() => createHash('sha256').update('test').digest()),
        now: () => test.now,
      }),
      ...modelHandlers(plane),
      ...vertexHandlers(plane),
      ...antigravityHandlers(plane),
      ...kiroHandlers(plane),
      ...oauthHandlers({
        plane,
        now: () => test.now,
        randomBytes: (length) => Buffer.alloc(length, 7),
        page(id, reason) {
          const { headers, body } = renderPage(id, reason);
          return { status: 200, headers, text: body };
        },
      }),
    },
    access,
    pages: createKiroPages({
      plane,
      access,
      refuseAddress: refuse,
      keyMark: () => test.secretHash,
      now: options.clock ?? (() => test.now),
      randomBytes,
      assets: new URL('../../src/daemon/pages/kiro/assets/', import.meta.url),
      onInternalError: (error) => {
        throw error;
      },
    }),
    refuseAddress: refuse,
    listedOrigins: () => policy.listedOrigins,
    onInternalError: (error) => {
      throw error;
    },
  });

  async function ask(path: string, asked: Asked = {}): Promise<Told> {
    const { method = 'GET', headers = {}, body } = asked;
    const peer = 'peer' in asked ? asked.peer : '127.0.0.1';
    const key = 'key' in asked ? asked.key : MANAGEMENT_KEY;
    const isPlain = body === undefined || typeof body === 'string' || body instanceof FormData;
    const response = await app.request(`http://127.0.0.1:8317${path}`, {
      method,
      headers: {
        host: '127.0.0.1:8317',
        ...(peer === undefined ? {} : { [PEER_HEADER]: peer }),
        ...(key === undefined ? {} : { 'x-management-key': key }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: isPlain ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, headers: response.headers, text, body: parse(text) };
  }
  return Object.assign(test, { app });
}

function memoryFiles(files: TestManagement['files'], problems: TestManagement['problems']): ControlPlane['files'] {
  return {
    list: async () =>
      [...files]
        .map(
          ([name, fields]): CredentialFile => ({
            name,
            path: `/home/ann/.cli-proxy-api/${name}`,
            fields,
            ...(problems.has(name) ? { problem: problems.get(name) ?? '' } : {}),
            size: 100,
            modifiedAt: NOW,
            createdAt: NOW,
          }),
        )
        .sort((a, b) => (a.name < b.name ? -1 : 1)),
    async put(name, make) {
      const fields = make(files.get(name));
      if (typeof fields['type'] !== 'string') throw new AppError('credential_malformed', 'it has no "type"');
      files.set(name, fields);
    },
    remove: async (name) => files.delete(name),
  };
}

const noLogins: ControlPlane['logins'] = {
  providers: () => [],
  start: () => Promise.reject(new AppError('login_provider_unknown', 'there are no logins here')),
  watch: () => Promise.reject(new AppError('login_unknown', 'there is no such login')),
  answer: () => Promise.reject(new AppError('login_unknown', 'there is no such login')),
  cancel: () => false,
};

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
