import type { FailureFacts } from '../../ir/error.js';
import { isObject, type JsonObject, type JsonValue } from '../../ir/json.js';
import type { AccountContext } from '../../login/account-context.js';
import { openAsking } from '../../login/short-lived.js';
import { callVendor, readVendorError, textOf, type VendorReply } from '../../login/vendor-call.js';
import { apiHeaders } from './api-headers.js';
import { PROJECT_MISSING } from './errors.js';
import { baseUrlsOf, isProject, projectOf } from './fields.js';

export type Discovery =
  | { readonly kind: 'found'; readonly project: string }
  /** `status`: the refusal's; absent where it was no refusal. */
  | { readonly kind: 'failed'; readonly reason: string; readonly status?: number };

/** What a client is that names no product of Google's: an editor's plug-in, of no particular editor. */
const METADATA = { ideType: 'IDE_UNSPECIFIED', platform: 'PLATFORM_UNSPECIFIED', pluginType: 'GEMINI' };
const TIMEOUT_MS = 30_000;
const AGAIN_MS = 2_000;
const MAX_REPEATS = 5;
const MAX_REASON = 200;
const DEFAULT_TIER = 'free-tier';

/** The project of an account; one is made where it has none yet. Never invented. @throws AppError `vendor_unreachable` */
export async function discoverProject(fields: JsonObject, context: AccountContext): Promise<Discovery> {
  const loaded = await loadAccount(fields, context);
  if (loaded.status !== 200) return failed('loadCodeAssist', loaded, fields);
  const project = projectIn(loaded.body);
  return project === undefined ? onboard(fields, context, tierOf(loaded.body)) : { kind: 'found', project };
}

/** What the service knows of the account: its project, tiers and purchased credits. @throws AppError `vendor_unreachable` */
export function loadAccount(fields: JsonObject, context: AccountContext): Promise<VendorReply> {
  // The last is the stable host, where the first two differ.
  const url = `${baseUrlsOf(fields, context).at(-1)}/v1internal:loadCodeAssist`;
  return ask(url, { metadata: METADATA }, fields, context);
}

/** A long-running operation: the same call asks for it, and asks how it goes. */
async function onboard(fields: JsonObject, context: AccountContext, tierId: string): Promise<Discovery> {
  const url = `${baseUrlsOf(fields, context)[0]}/v1internal:onboardUser`;
  for (let repeats = 0; ; repeats++) {
    const reply = await ask(url, { tierId, metadata: METADATA }, fields, context);
    if (reply.status !== 200) return failed('onboardUser', reply, fields);
    const { done, response } = reply.body;
    if (done === true) {
      const project = isObject(response) ? projectIn(response) : undefined;
      return project === undefined
        ? { kind: 'failed', reason: 'onboardUser ended without a project' }
        : { kind: 'found', project };
    }
    if (repeats === MAX_REPEATS) return { kind: 'failed', reason: 'onboardUser did not come to an end' };
    await context.clock.sleep(AGAIN_MS, context.signal);
  }
}

const ask = (url: string, json: JsonObject, fields: JsonObject, context: AccountContext): Promise<VendorReply> =>
  callVendor(context, {
    url,
    json,
    headers: apiHeaders(fields),
    timeoutMs: TIMEOUT_MS,
    ...(context.signal === undefined ? {} : { signal: context.signal }),
  });

function failed(call: string, reply: VendorReply, fields: JsonObject): Discovery {
  const token = textOf(fields['access_token']) ?? '';
  const said = readVendorError(reply, [token]).message.slice(0, MAX_REASON);
  return { kind: 'failed', reason: `${call}: ${said}`, status: reply.status };
}

function projectIn(body: JsonObject): string | undefined {
  const found = [body['cloudaicompanionProject'], body['projectId'], body['project']]
    .map((value: JsonValue | undefined) => (isObject(value) ? textOf(value['id']) : textOf(value)))
    .find((id) => id !== undefined);
  return found !== undefined && isProject(found) ? found : undefined;
}

/** The default among the tiers it may have, else the one it has. */
function tierOf({ allowedTiers, currentTier }: JsonObject): string {
  const tiers: readonly JsonValue[] = Array.isArray(allowedTiers) ? allowedTiers : [];
  const standard = tiers.filter(isObject).find(({ isDefault }) => isDefault === true);
  return textOf(standard?.['id']) ?? (isObject(currentTier) ? textOf(currentTier['id']) : undefined) ?? DEFAULT_TIER;
}

/** The project that requests name: of the file, or asked for with the first request. */
export interface AccountProject {
  /** As `Upstream.ready`. */
  ready(): Promise<FailureFacts | undefined> | undefined;
  /** Once `ready` has given nothing. */
  id(): string;
}

export function openProject(fields: JsonObject, context: AccountContext): AccountProject {
  let project = projectOf(fields);
  const find = openAsking(async () => {
    const discovery = await discoverProject(fields, context);
    if (discovery.kind === 'found') {
      project = discovery.project;
      return undefined;
    }
    const { reason, status } = discovery;
    if (status === 401) return { reason: 'auth', status, message: reason };
    return {
      reason: 'invalid-request',
      status: 400,
      code: PROJECT_MISSING,
      message: `antigravity auth missing project_id (${reason})`,
    };
  });
  return { ready: () => (project === undefined ? find() : undefined), id: () => project ?? '' };
}
