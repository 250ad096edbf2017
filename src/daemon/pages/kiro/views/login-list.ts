import { html } from 'hono/html';
import { KIRO_PAGE_BASE as BASE } from '../../../../shared/contract/management/management.js';
import type { Markup } from './layout.js';
import { instant } from './parts.js';

/** A Kiro login that the gateway has. */
export interface LoginLine {
  readonly label: string;
  readonly file: string;
  readonly mood: 'good' | 'warn' | 'bad';
  /** One or two words. */
  readonly state: string;
  readonly why?: string | undefined;
  /** Epoch milliseconds of the access token's end. */
  readonly expiresAt?: number | undefined;
}

export const loginList = (lines: readonly LoginLine[]): Markup | '' =>
  lines.length === 0
    ? ''
    : html`
<section class="card" aria-labelledby="logins">
<h2 id="logins">Kiro logins in this gateway</h2>
<ul class="logins">${lines.map(lineOf)}</ul>
<form method="post" action="${BASE}/refresh">
<button type="submit" data-busy="Renewing…">Refresh all tokens</button>
</form>
</section>`;

const lineOf = ({ label, file, mood, state, why, expiresAt }: LoginLine): Markup => html`
<li>
<div class="who"><strong>${label}</strong><span class="help">${file}</span></div>
<span class="badge ${mood}">${state}</span>
${why === undefined ? '' : html`<p class="help">${why}</p>`}
${expiresAt === undefined ? '' : html`<p class="help">Token good until ${instant(expiresAt)}</p>`}
</li>`;
