import { z } from 'zod';
import { flag, integer, number, optionalText, readFlag, section, text, textList } from './fields.js';

/** Where the gateway listens, who may call it, and how it is managed. */
export const serverShape = {
  host: text('address to listen on; an empty text means all interfaces', '127.0.0.1'),
  port: integer('TCP port; 0 picks a free one', 8317, { min: 0, max: 65_535 }),
  tls: section('serve HTTPS', {
    enable: flag('HTTPS with HTTP/2; needs cert and key'),
    cert: text('path of the certificate, PEM'),
    key: text('path of the private key, PEM'),
  }).prefault({}),
  'api-keys': textList('keys that clients must send; with none, only loopback is served, without a check'),
  'auth-dir': text('folder of the credential files; ~ is the home folder', '~/.cli-proxy-api'),
  'ws-auth': flag('ask for a client key on /v1/ws too', true),
  'allowed-hosts': textList('further names under which the gateway may be called (Host header)'),
  'allowed-origins': textList('web origins that may call the gateway from a browser; with none, no CORS headers'),
  'trusted-proxies': textList('addresses or CIDR ranges whose X-Forwarded-For is believed'),
  'max-body-mb': number('largest request body, in megabytes, after decompression', 64, { min: 0.001, max: 4096 }),
  workers: z
    .preprocess(
      readWorkers,
      z.union([z.literal('auto'), z.number().int().min(0).max(256)], {
        error: 'auto, or a whole number from 0 to 256',
      }),
    )
    .default(1)
    .meta({
      description: 'processes that serve requests: a number, auto = one per core, 0 = everything in one process',
      fallback: 1,
    }),
  'drain-timeout-seconds': number('how long running requests may go on after a stop, in seconds', 30, { min: 0 }),
  'proxy-url': text('proxy for upstream calls: http, https, socks5 or socks5h; empty = HTTPS_PROXY and friends'),
  'passthrough-headers': flag('hand upstream response headers on to the client'),
  'commercial-mode': flag('skip request logging and other costly extras'),
  'incognito-browser': flag('open login pages in a private window'),
  'remote-management': section('the management API', {
    'allow-remote': flag('answer management calls that do not come from this machine'),
    'secret-key': text('management key, plain or bcrypt; empty = no management over TCP'),
    'disable-control-panel': flag('do not serve /management.html'),
    'disable-auto-update-panel': flag('accepted; the panel ships with the program and is never downloaded'),
    'panel-github-repository': optionalText('accepted; the panel ships with the program and is never downloaded'),
    'allow-credential-download': flag(
      'let a holder of the management key download credential files with their tokens, over TCP',
    ),
    'mask-keys': flag('show placeholders instead of the API keys of this file, over TCP'),
  }).prefault({}),
  credentials: section('how credential files are kept', {
    encryption: z
      .preprocess(
        readEncryption,
        z.enum(['off', 'keychain', 'passphrase-file'], { error: 'off, keychain or passphrase-file' }),
      )
      .default('off')
      .meta({
        description:
          'encryption of credential files at rest: off, keychain (of the operating system) or passphrase-file',
        fallback: 'off',
      }),
    'passphrase-file': text('file that holds the passphrase; relative paths start from the folder of this file'),
  }).prefault({}),
};

/** `off` without quotes is a word of YAML 1.1, and a boolean for some parsers. */
function readEncryption(value: unknown): unknown {
  const read = readFlag(value);
  if (read === false || read === null || read === '') return 'off';
  return typeof read === 'string' ? read.trim().toLowerCase() : read;
}

function readWorkers(value: unknown): unknown {
  if (typeof value !== 'string') return value;
  const word = value.trim().toLowerCase();
  return /^\d+$/.test(word) ? Number(word) : word;
}

/** `true`, `false`, or one of the words that `config.yaml` allows beside them. */
export const imageGeneration = z
  .preprocess(
    readImageGeneration,
    z.union([z.boolean(), z.enum(['chat', 'passthrough'])], { error: 'true, false, chat or passthrough' }),
  )
  .default(false)
  .meta({
    description:
      'false: images on; true: image tool removed and /v1/images off; chat: tool removed; passthrough: requests untouched',
    fallback: false,
  });

function readImageGeneration(value: unknown): unknown {
  const read = readFlag(value);
  return typeof read === 'string' ? read.trim().toLowerCase() : read;
}
