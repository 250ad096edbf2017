import { AppError } from '../../../shared/errors.js';
import { isObject, type JsonObject } from '../../ir/json.js';
import { isProjectId, type LocalGoogle, readGoogleSource } from '../../login/google/application-default.js';
import { fieldText } from '../account-fields.js';
import { readLocation } from './places.js';

export const VERTEX_TYPE = 'vertex';

export interface VertexFile {
  readonly google: LocalGoogle;
  readonly project: string;
  readonly location: string;
}

/** @throws AppError `credential_malformed`; never with a value of the file. */
export function readVertexFields(fields: JsonObject): VertexFile {
  const inner = [fields['service_account'], fields['authorized_user']].find(isObject);
  const google = inner === undefined ? undefined : readGoogleSource(inner);
  if (google === undefined) throw malformed('no usable "service_account"');
  const project = fieldText(fields, 'project_id') ?? google.project;
  if (project === undefined || !isProjectId(project)) throw malformed('no usable "project_id"');
  return { google, project, location: readLocation(fieldText(fields, 'location')) };
}

const malformed = (why: string): AppError =>
  new AppError('credential_malformed', `the credential file has ${why}`, {
    hint: 'import the key again: `cliproxyctl vertex import key.json`',
  });
