import { AppError } from '../../../shared/errors.js';
import { isObject, type JsonObject, type JsonValue } from '../../ir/json.js';
import type { AccountContext } from '../../login/account-context.js';
import { callVendor, readVendorError } from '../../login/vendor-call.js';
import { accessTokenOf, instantOf } from '../account-fields.js';
import { firstValue } from '../api-key.js';
import type { ReplyHeaders } from '../provider.js';
import type { QuotaFacts, QuotaWindow } from '../quota.js';
import { accountHeaders } from './account-headers.js';
import { readCodexClaims } from './claims.js';

const FAMILY = /^x-(.+)-(primary|secondary)-used-percent$/;

/** The windows of every limit that an answer's headers tell: the plan's own, and those of single models. */
export function readQuotaHeaders(headers: ReplyHeaders, now: number): QuotaFacts | undefined {
  const windows = Object.keys(headers).flatMap((name): readonly QuotaWindow[] => {
    const [, family, span] = FAMILY.exec(name) ?? [];
    if (family === undefined || span === undefined) return [];
    const read = (member: string): string | undefined => firstValue(headers[`x-${family}-${member}`]);
    const percent = read(`${span}-used-percent`);
    return windowOf(
      { family, span, label: read('limit-name') },
      {
        usedPercent: percent === undefined ? Number.NaN : Number(percent),
        minutes: Number(read(`${span}-window-minutes`) ?? Number.NaN),
        resetsAt: instantOf(read(`${span}-reset-at`)),
        isReached: false,
      },
    );
  });
  return windows.length === 0 ? undefined : { windows, source: 'response-headers', at: now };
}

interface Family {
  readonly family: string;
  readonly span: string;
  readonly label: string | undefined;
}

interface Reading {
  readonly usedPercent: number;
  readonly minutes: number;
  readonly resetsAt: number | undefined;
  readonly isReached: boolean;
}

function windowOf({ family, span, label }: Family, reading: Reading): readonly QuotaWindow[] {
  const { usedPercent, minutes, resetsAt, isReached } = reading;
  if (!Number.isFinite(usedPercent)) return [];
  // A window that is not there is told as zeros.
  if (usedPercent === 0 && !Number.isFinite(minutes) && resetsAt === undefined) return [];
  const isPlan = family === 'codex';
  const id = isPlan ? spanId(span, minutes) : `${family.replaceAll('-', '_')}_${span}`;
  const name = label ?? family;
  return [
    {
      id,
      title: isPlan ? spanTitle(span, minutes) : `${spanTitle(span, minutes)}, ${name}`,
      usedPercent,
      exhausted: isReached || usedPercent >= 100,
      ...(resetsAt === undefined ? {} : { resetsAt }),
      ...(isPlan ? {} : { models: label === undefined ? `*${family.replace(/^codex-/, '')}*` : label }),
    },
  ];
}

const spanId = (span: string, minutes: number): string =>
  minutes === 300 ? 'five_hour' : minutes === 10_080 ? 'seven_day' : span;

function spanTitle(span: string, minutes: number): string {
  if (!Number.isFinite(minutes)) return span;
  if (minutes % 1440 === 0) return `${minutes / 1440} days`;
  return minutes % 60 === 0 ? `${minutes / 60} hours` : `${minutes} minutes`;
}

/** The usage call. @throws AppError `quota_unavailable` */
export async function readCodexQuota(url: string, fields: JsonObject, context: AccountContext): Promise<QuotaFacts> {
  const headers = accountHeaders(accessTokenOf(fields), readCodexClaims(fields));
  const reply = await callVendor(context, { method: 'GET', url, headers, timeoutMs: 10_000 });
  if (reply.status !== 200) {
    throw new AppError('quota_unavailable', `OpenAI does not tell the usage: ${readVendorError(reply).message}`);
  }
  const { plan_type: plan, rate_limit: limit, additional_rate_limits: others } = reply.body;
  const list: readonly JsonValue[] = Array.isArray(others) ? others : [];
  return {
    windows: [
      ...readLimit('codex', undefined, limit),
      ...list.flatMap((other) => {
        if (!isObject(other)) return [];
        const { limit_name: label, metered_feature: feature } = other;
        const name = typeof label === 'string' ? label : undefined;
        return readLimit(typeof feature === 'string' ? feature : (name ?? 'other'), name, other['rate_limit']);
      }),
    ],
    source: 'usage-call',
    at: context.clock.now(),
    ...(typeof plan === 'string' ? { plan } : {}),
  };
}

function readLimit(family: string, label: string | undefined, limit: JsonValue | undefined): readonly QuotaWindow[] {
  if (!isObject(limit)) return [];
  const isReached = limit['limit_reached'] === true;
  return (['primary', 'secondary'] as const).flatMap((span) => {
    const window = limit[`${span}_window`];
    if (!isObject(window)) return [];
    const { used_percent: used, limit_window_seconds: seconds } = window;
    const usedPercent = typeof used === 'number' ? used : Number.NaN;
    return windowOf(
      { family, span, label },
      {
        usedPercent,
        minutes: typeof seconds === 'number' ? Math.ceil(seconds / 60) : Number.NaN,
        resetsAt: instantOf(window['reset_at']),
        // The flag is of the limit as a whole: it speaks of the window that is used up most.
        isReached: isReached && usedPercent >= fullest(limit),
      },
    );
  });
}

function fullest(limit: JsonObject): number {
  const used = ['primary_window', 'secondary_window'].map((name) => {
    const window = limit[name];
    return isObject(window) && typeof window['used_percent'] === 'number' ? window['used_percent'] : 0;
  });
  return Math.max(...used);
}
