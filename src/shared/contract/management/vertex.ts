import { z } from 'zod';
import { defineManagementRoute } from './route.js';

export const vertex = {
  importVertexKey: defineManagementRoute({
    method: 'post',
    path: '/vertex/import',
    access: 'key',
    does: 'keeps the service account key in the multipart field `file` for Vertex AI, with `location`',
    output: z.object({
      status: z.literal('ok'),
      /** Its path. */
      'auth-file': z.string(),
      project_id: z.string(),
      email: z.string(),
      location: z.string(),
    }),
  }),
} as const;
