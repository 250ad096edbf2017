import { z } from 'zod';
import { defineManagementRoute, definePlainRoute } from './route.js';

const recentSchema = z.object({
  /** `HH:MM-HH:MM`, local time of the daemon. */
  time: z.string(),
  success: z.number(),
  failed: z.number(),
});

/** Instants are RFC 3339 texts. No member ever holds a token or key. */
export const authFileSchema = z.object({
  /** The file's name. */
  id: z.string(),
  /** Opaque, and stable as long as the file keeps type and path. */
  auth_index: z.string(),
  name: z.string(),
  type: z.string(),
  provider: z.string(),
  label: z.string(),
  status: z.enum(['unknown', 'active', 'pending', 'refreshing', 'error', 'disabled']),
  status_message: z.string(),
  disabled: z.boolean(),
  unavailable: z.boolean(),
  runtime_only: z.boolean(),
  source: z.enum(['file', 'memory']),
  path: z.string(),
  size: z.number(),
  success: z.number(),
  failed: z.number(),
  /** Twenty times ten minutes, oldest first. */
  recent_requests: z.array(recentSchema),
  email: z.string().optional(),
  account_type: z.string().optional(),
  account: z.string().optional(),
  created_at: z.string().optional(),
  updated_at: z.string().optional(),
  modtime: z.string().optional(),
  last_refresh: z.string().optional(),
  next_retry_after: z.string().optional(),
  project_id: z.string().optional(),
  priority: z.number().optional(),
  weight: z.number().optional(),
  note: z.string().optional(),
  websockets: z.boolean().optional(),
  request_retry: z.number().optional(),
  /** Four claims of a Codex login, never the token. */
  id_token: z.record(z.string(), z.string()).optional(),
});
export type AuthFileView = z.output<typeof authFileSchema>;

const okSchema = z.object({ status: z.string() });
const failedSchema = z.array(z.object({ name: z.string(), error: z.string() }));

export const authFiles = {
  listAuthFiles: defineManagementRoute({
    method: 'get',
    path: '/auth-files',
    access: 'key',
    does: 'lists credential files; `?name=` or `?auth_index=` narrows it',
    output: z.object({ files: z.array(authFileSchema) }),
  }),
  downloadAuthFile: definePlainRoute({
    method: 'get',
    path: '/auth-files/download',
    access: 'key',
    does: 'the file `?name=`; its secrets are placeholders, unless `allow-credential-download` is on',
  }),
  listAuthFileModels: defineManagementRoute({
    method: 'get',
    path: '/auth-files/models',
    access: 'key',
    does: 'the models that the credential `?name=` serves',
    output: z.object({
      models: z.array(
        z.object({ id: z.string(), display_name: z.string(), type: z.string(), owned_by: z.string().optional() }),
      ),
    }),
  }),
  uploadAuthFiles: defineManagementRoute({
    method: 'post',
    path: '/auth-files',
    access: 'key',
    does: 'adds or replaces files: multipart, or one as the JSON body with `?name=`',
    output: okSchema.extend({
      uploaded: z.number().optional(),
      files: z.array(z.string()).optional(),
      failed: failedSchema.optional(),
    }),
  }),
  deleteAuthFiles: defineManagementRoute({
    method: 'delete',
    path: '/auth-files',
    access: 'key',
    does: 'deletes files by `?name=`, `{"names":[…]}` or `?all=true`',
    output: okSchema.extend({
      deleted: z.number().optional(),
      files: z.array(z.string()).optional(),
      failed: failedSchema.optional(),
    }),
  }),
  setAuthFileStatus: defineManagementRoute({
    method: 'patch',
    path: '/auth-files/status',
    access: 'key',
    does: 'switches a credential off or on: `{"name":…,"disabled":true}`',
    output: okSchema.extend({
      disabled: z.boolean(),
      via: z.string().optional(),
      excluded_pattern: z.string().optional(),
    }),
  }),
  setAuthFileFields: defineManagementRoute({
    method: 'patch',
    path: '/auth-files/fields',
    access: 'key',
    does: 'changes members of a file: `{"name":…,"priority":10,"headers":{…}}`',
    output: okSchema,
  }),
} as const;
