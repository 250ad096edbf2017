import { readApplicationDefault } from '../../login/google/application-default.js';
import { readServiceAccount } from '../../login/google/service-account.js';
import type { LoginMethod } from '../../login/method.js';
import { vertexCredential } from './new-credential.js';

/** The text of a key file, handed over by whoever drives the login. */
const serviceAccountKey: LoginMethod = {
  id: 'token',
  title: 'with the JSON key of a service account',
  async run(context) {
    const text = await context.ask({ id: 'key', message: 'Service account key (JSON, on one line)', secret: true });
    const account = readServiceAccount(text);
    const source = { kind: 'service-account', account } as const;
    return vertexCredential(context, { source, file: account.file, project: account.projectId });
  },
};

/** What the Google Cloud CLI and Google's libraries use on this machine. These tokens do not rotate: both may use them. */
const applicationDefault: LoginMethod = {
  id: 'import',
  title: 'from the application-default credentials of this machine',
  async run(context) {
    return vertexCredential(context, await readApplicationDefault(context.local, context.options['file']));
  },
};

export const vertexLogins: readonly LoginMethod[] = [serviceAccountKey, applicationDefault];
