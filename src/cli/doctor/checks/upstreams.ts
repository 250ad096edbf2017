import type { Check, Finding } from '../check.js';
import { sumUp } from '../check.js';
import type { DoctorContext } from '../context.js';
import { PROBE_PATIENCE_MS, type UpstreamProbe } from '../upstreams.js';

export const upstreamsCheck: Check<DoctorContext> = {
  id: 'upstreams',
  title: 'Upstreams',
  timeoutMs: PROBE_PATIENCE_MS,
  async run({ config, probes }) {
    if (config === undefined) return { state: 'skipped', message: 'the config cannot be read' };
    const seen = await probes();
    if (seen.length === 0) return { state: 'skipped', message: 'no upstream is configured' };
    // Those that answer still serve; only when none does, nothing can be served.
    const isAllGone = seen.every(({ result }) => result.failure !== undefined);
    const findings = seen.map((one) => finding(one, isAllGone ? 'problem' : 'warning'));
    return sumUp(findings, `${seen.length} reachable`, {
      upstreams: seen.map(({ providers, result }) => ({
        url: result.url,
        providers,
        ...(result.proxy === undefined ? {} : { proxy: result.proxy }),
        ms: result.ms,
        reachable: result.failure === undefined,
        ...(result.failure === undefined ? {} : { failure: result.failure }),
      })),
    });
  },
};

function finding({ providers, result }: UpstreamProbe, bad: 'warning' | 'problem'): Finding {
  const through = result.proxy === undefined ? '' : ` through ${result.proxy}`;
  if (result.failure === undefined) return { state: 'ok', message: `${result.url}${through} in ${result.ms} ms` };
  const { stage, message } = result.failure;
  return { state: bad, message: `${result.url}${through} (${providers.join(', ')}): ${message}`, hint: HINTS[stage] };
}

const HINTS = {
  dns: 'check the base-url and the name resolution of this machine',
  connect: 'check the network, the firewall, and whether a proxy is needed (`proxy-url`)',
  proxy: 'check `proxy-url`, or HTTPS_PROXY where it is not set',
  tls: 'check the clock; behind a proxy that opens TLS, name its authority in NODE_EXTRA_CA_CERTS',
  http: 'check the base-url',
} as const;
