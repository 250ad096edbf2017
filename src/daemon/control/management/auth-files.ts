import type { AuthFileView, authFiles } from '../../../shared/contract/management/auth-files.js';
import { AppError } from '../../../shared/errors.js';
import type { ControlPlane, CredentialFile } from '../control-plane.js';
import { readFieldChanges, withChanges } from './auth-file-fields.js';
import { authIndexOf, viewAuthFile } from './auth-file-view.js';
import type { Placeholders } from './placeholders.js';
import { isObject, type ManagementCall, type ManagementHandlers, ManagementRefusal, readJson } from './reply.js';

export interface AuthFileParts {
  readonly plane: Pick<ControlPlane, 'credentials' | 'credential' | 'config' | 'keeping' | 'files'>;
  readonly placeholders: Placeholders;
  readonly now: () => number;
}

const NOT_FOUND = 'auth file not found';
const MAX_FILES = 200;

/** Credential files over HTTP; what a file may hold and how it is written is the plane's business. */
export function authFileHandlers({ plane, placeholders, now }: AuthFileParts): ManagementHandlers<typeof authFiles> {
  const find = async (name: string): Promise<CredentialFile> => {
    const found = (await plane.files.list()).find((file) => file.name === name || authIndexOf(file) === name);
    if (found === undefined) throw new ManagementRefusal(404, NOT_FOUND);
    return found;
  };
  const views = async (): Promise<AuthFileView[]> => {
    const [files, summaries] = await Promise.all([plane.files.list(), plane.credentials()]);
    const byName = new Map(summaries.map((summary) => [summary.name, summary]));
    return files.map((file) => viewAuthFile(file, byName.get(file.name), now()));
  };
  const put = async (name: string, content: string): Promise<void> => {
    try {
      const given = objectIn(content);
      await plane.files.put(name, (stored) => placeholders.restore(name, given, stored));
    } catch (error) {
      if (!(error instanceof AppError) || error.code !== 'credential_malformed') throw error;
      throw new ManagementRefusal(500, `invalid auth file: ${error.message}`);
    }
  };

  return {
    async listAuthFiles({ query }) {
      const name = query.get('name')?.trim() ?? '';
      const index = query.get('auth_index')?.trim() ?? '';
      const files = (await views()).filter(
        (file) => (name === '' || file.name === name) && (index === '' || file.auth_index === index),
      );
      return { body: { files } };
    },
    async downloadAuthFile({ query, isRemote }) {
      const name = plainName(query.get('name'));
      const file = (await plane.files.list()).find((each) => each.name === name);
      if (file === undefined) throw new ManagementRefusal(404, 'file not found');
      if (file.problem !== undefined) throw new ManagementRefusal(500, `failed to read file: ${file.problem}`);
      const mayLeave = !isRemote || plane.config()['remote-management']['allow-credential-download'];
      const fields = mayLeave ? file.fields : placeholders.mask(name, file.fields);
      return {
        status: 200,
        headers: {
          'content-type': 'application/json',
          'content-disposition': `attachment; filename="${name.replace(/[^\x20-\x7e]|["\\]/g, '_')}"`,
          'cache-control': 'no-store',
          'x-content-type-options': 'nosniff',
          ...(mayLeave ? {} : { 'x-cliproxyctl-masked': 'true' }),
        },
        text: `${JSON.stringify(fields, null, 2)}\n`,
      };
    },
    async listAuthFileModels({ query }) {
      const name = query.get('name')?.trim() ?? '';
      if (name === '') throw new ManagementRefusal(400, 'name is required');
      const summary = (await plane.credentials()).find((each) => each.name === name);
      if (summary === undefined || summary.state === 'unusable') return { body: { models: [] } };
      const { offers } = await plane.credential(summary.id);
      const models = offers.map((offer) => ({ id: offer.name, display_name: offer.name, type: summary.provider }));
      return { body: { models } };
    },
    async uploadAuthFiles(call) {
      const named = call.query.get('name');
      if (named !== null) {
        await put(plainName(named), await call.request.text());
        return { body: { status: 'ok' } };
      }
      const files = await filesIn(call.request);
      return each(files, 'uploaded', ({ name, content }) => {
        if (!name.toLowerCase().endsWith('.json')) throw new ManagementRefusal(400, 'file must be .json');
        return put(plainName(name), content);
      });
    },
    async deleteAuthFiles(call) {
      if (['true', '1', '*'].includes(call.query.get('all')?.trim() ?? '')) {
        const files = await plane.files.list();
        const removed = await Promise.all(files.map(({ name }) => plane.files.remove(name)));
        return { body: { status: 'ok', deleted: removed.filter(Boolean).length } };
      }
      const names = (await namesIn(call)).map((name) => ({ name }));
      return each(names, 'deleted', async ({ name }) => {
        if (!(await plane.files.remove(plainName(name)))) throw new ManagementRefusal(404, NOT_FOUND);
      });
    },
    async setAuthFileStatus({ request }) {
      const { value: body } = await readJson(request, 'invalid request body');
      if (!isObject(body)) throw new ManagementRefusal(400, 'invalid request body');
      const { name, disabled, auth_index: index } = body;
      const wanted = [name, index].find((text) => typeof text === 'string' && text.trim() !== '');
      if (typeof wanted !== 'string') throw new ManagementRefusal(400, 'name is required');
      if (typeof disabled !== 'boolean') throw new ManagementRefusal(400, 'disabled is required');
      const entry = (await plane.credentials()).find(({ id, source }) => source === 'config' && id === wanted.trim());
      if (entry !== undefined) {
        await plane.keeping.update({ id: entry.id, disabled });
        return { body: { status: 'ok', disabled, via: 'config:excluded-models', excluded_pattern: '*' } };
      }
      const file = await find(wanted.trim());
      await plane.files.put(file.name, (stored) => ({ ...known(stored), disabled }));
      return { body: { status: 'ok', disabled } };
    },
    async setAuthFileFields({ request, isRemote }) {
      const { value, text } = await readJson(request, 'invalid request body');
      const { name, changes } = readFieldChanges(value, text);
      const file = await find(name);
      await plane.files.put(file.name, (stored) => {
        const before = known(stored);
        return placeholders.restore(file.name, withChanges(before, changes, isRemote), before);
      });
      return { body: { status: 'ok' } };
    },
  };
}

type Fields = CredentialFile['fields'];

const known = (stored: Fields | undefined): Fields => {
  if (stored === undefined) throw new ManagementRefusal(404, NOT_FOUND);
  return stored;
};

/** One file directly in the folder. */
function plainName(name: string | null): string {
  const text = name?.trim() ?? '';
  if (text === '' || /[/\\]/.test(text)) throw new ManagementRefusal(400, 'invalid name');
  if (!text.toLowerCase().endsWith('.json')) throw new ManagementRefusal(400, 'name must end with .json');
  return text;
}

function objectIn(content: string): Fields {
  try {
    const value: unknown = JSON.parse(content.replace(/^\uFEFF/, ''));
    if (isObject(value)) return value;
  } catch (cause) {
    throw new AppError('credential_malformed', 'it is not JSON', { cause });
  }
  throw new AppError('credential_malformed', 'it is not a JSON object');
}

async function filesIn(request: Request): Promise<{ name: string; content: string }[]> {
  const isMultipart = /^multipart\/form-data/i.test(request.headers.get('content-type') ?? '');
  if (!isMultipart) throw new ManagementRefusal(400, 'no files uploaded');
  const form = await request.formData().catch((): never => {
    throw new ManagementRefusal(400, 'no files uploaded');
  });
  const files = [...form.values()].filter((value) => typeof value !== 'string');
  if (files.length === 0 || files.length > MAX_FILES) throw new ManagementRefusal(400, 'no files uploaded');
  return Promise.all(files.map(async (file) => ({ name: file.name, content: await file.text() })));
}

async function namesIn({ query, request }: ManagementCall): Promise<string[]> {
  const inQuery = query.getAll('name');
  if (inQuery.length > 0) return inQuery;
  const { value } = await readJson(request, 'invalid name');
  const given = isObject(value) ? (value['names'] ?? [value['name']]) : value;
  const names = Array.isArray(given) ? given.filter((name): name is string => typeof name === 'string') : [];
  if (names.length === 0 || names.length > MAX_FILES) throw new ManagementRefusal(400, 'invalid name');
  return names;
}

/** One failure of one is told as itself; of several, which ones failed and why. */
async function each<T extends { readonly name: string }, Counter extends 'uploaded' | 'deleted'>(
  items: readonly T[],
  counter: Counter,
  run: (item: T) => Promise<void>,
) {
  const files: string[] = [];
  const failed: { name: string; error: string }[] = [];
  for (const item of items) {
    try {
      await run(item);
      files.push(item.name);
    } catch (error) {
      if (items.length === 1 || !(error instanceof AppError || error instanceof ManagementRefusal)) throw error;
      failed.push({ name: item.name, error: error.message });
    }
  }
  if (items.length === 1) return { body: { status: 'ok' } };
  const counted = { [counter]: files.length, files } as { readonly [K in Counter]: number } & { files: string[] };
  if (failed.length === 0) return { body: { status: 'ok', ...counted } };
  return { status: 207, body: { status: 'partial', ...counted, failed } };
}
