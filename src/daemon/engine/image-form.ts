import { RequestFault } from '../ir/error.js';
import type { JsonObject, JsonValue } from '../ir/json.js';
import { printDataUrl, sniffMediaType } from '../ir/media.js';
import type { ForkableBody } from './wire-body.js';

interface FormFile {
  readonly filename: string;
  /** As the client labelled it; may be empty. */
  readonly mediaType: string;
  readonly bytes: Buffer;
}

interface FormField {
  readonly name: string;
  readonly value: string | FormFile;
}

/** Fields that are numbers or flags in JSON: a form has texts only. */
const NUMBERS: ReadonlySet<string> = new Set(['n', 'partial_images', 'output_compression']);
const FLAGS: ReadonlySet<string> = new Set(['stream']);

const malformed = (): RequestFault =>
  new RequestFault('the request body is not a valid multipart form', undefined, { code: 'invalid_form' });

export const isForm = (contentType: string | undefined): boolean =>
  contentType !== undefined && /^\s*multipart\/form-data\b/i.test(contentType);

/**
 * Reads an edit that came as a form into a body that looks as if it had come as JSON, and prints as a form again.
 * @throws RequestFault for a form without a boundary, or one that is cut or garbled.
 */
export async function openImageForm(bytes: Buffer, contentType: string): Promise<ForkableBody> {
  if (!/;\s*boundary=("[^"]+"|[^\s;"]+)/i.test(contentType)) {
    throw new RequestFault('the content type of the form names no boundary', undefined, { code: 'invalid_form' });
  }
  const source = new Response(new Uint8Array(bytes), { headers: { 'content-type': contentType } });
  const form = await source.formData().catch((): never => {
    throw malformed();
  });
  const fields: FormField[] = [];
  for (const [name, value] of form) {
    if (typeof value === 'string') fields.push({ name, value });
    else {
      const file = { filename: value.name, mediaType: value.type, bytes: Buffer.from(await value.arrayBuffer()) };
      fields.push({ name, value: file });
    }
  }
  for (const key of ['model', 'stream']) {
    if (fields.filter(({ name }) => name === key).length < 2) continue;
    throw new RequestFault(`the field "${key}" stands in the form twice`, key, { code: 'duplicate_member' });
  }
  return overFields(fields);
}

function overFields(original: readonly FormField[]): ForkableBody {
  let fields = original;
  let printed: PrintedForm | undefined;
  let json: JsonObject | undefined;
  const print = (): PrintedForm => {
    printed ??= printForm(fields);
    return printed;
  };
  const toJSON = (): JsonObject => {
    json ??= readMembers(fields);
    return json;
  };
  return {
    fork: () => overFields(original),
    with: (key, value) => overFields(replaced(original, key, value)),
    get bytes() {
      return print().bytes;
    },
    get contentType() {
      return print().contentType;
    },
    slice(key) {
      const value = toJSON()[key];
      return value === undefined ? undefined : Buffer.from(JSON.stringify(value));
    },
    get: (key) => toJSON()[key],
    set(key, value) {
      fields = replaced(fields, key, value);
      printed = undefined;
      json = undefined;
    },
    toJSON,
  };
}

function replaced(fields: readonly FormField[], key: string, value: JsonValue | undefined): readonly FormField[] {
  const others = fields.filter(({ name }) => name !== key);
  if (value === undefined) return others;
  return [...others, { name: key, value: typeof value === 'string' ? value : JSON.stringify(value) }];
}

function readMembers(fields: readonly FormField[]): JsonObject {
  const members: Record<string, JsonValue | undefined> = {};
  const images: JsonValue[] = [];
  for (const { name, value } of fields) {
    if (typeof value === 'string') members[name] = readText(name, value);
    else if (/^images?(\[\d*\])?$/.test(name)) images.push(imageOf(value));
    else if (name === 'mask') members[name] = imageOf(value);
    else throw new RequestFault(`the field "${name.slice(0, 64)}" must not be a file`, name.slice(0, 64));
  }
  return images.length === 0 ? members : { ...members, images };
}

function readText(name: string, text: string): JsonValue {
  if (NUMBERS.has(name) && /^-?\d{1,9}$/.test(text.trim())) return Number(text);
  if (FLAGS.has(name) && (text === 'true' || text === 'false')) return text === 'true';
  return text;
}

function imageOf({ mediaType, bytes }: FormFile): JsonObject {
  const data = bytes.toString('base64');
  const type = sniffMediaType(data) ?? (mediaType === '' ? 'application/octet-stream' : mediaType);
  return { image_url: printDataUrl(type, data) };
}

interface PrintedForm {
  readonly bytes: Buffer;
  readonly contentType: string;
}

function printForm(fields: readonly FormField[]): PrintedForm {
  const contents = fields.map(({ value }) => (typeof value === 'string' ? Buffer.from(value) : value.bytes));
  const boundary = freeBoundary(contents);
  const pieces = fields.flatMap((field, index) => [
    Buffer.from(`--${boundary}\r\n${headOf(field)}\r\n\r\n`),
    contents[index] ?? Buffer.alloc(0),
    Buffer.from('\r\n'),
  ]);
  return {
    bytes: Buffer.concat([...pieces, Buffer.from(`--${boundary}--\r\n`)]),
    contentType: `multipart/form-data; boundary=${boundary}`,
  };
}

/** One that stands in none of the contents. */
function freeBoundary(contents: readonly Buffer[]): string {
  for (let number = 0; ; number++) {
    const boundary = `----cliproxyctl-form-${number}`;
    if (!contents.some((content) => content.includes(boundary))) return boundary;
  }
}

function headOf({ name, value }: FormField): string {
  const disposition = `content-disposition: form-data; name="${escaped(name)}"`;
  if (typeof value === 'string') return disposition;
  const type = value.mediaType === '' ? 'application/octet-stream' : value.mediaType.replace(/[\r\n]/g, '');
  return `${disposition}; filename="${escaped(value.filename)}"\r\ncontent-type: ${type}`;
}

/** As browsers write names (html.spec.whatwg.org, multipart/form-data encoding). */
const escaped = (name: string): string => name.replaceAll('\r', '%0D').replaceAll('\n', '%0A').replaceAll('"', '%22');
