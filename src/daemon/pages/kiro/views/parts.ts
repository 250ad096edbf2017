import { html } from 'hono/html';
import { KIRO_PAGE_BASE as BASE } from '../../../../shared/contract/management/management.js';
import type { Markup } from './layout.js';

/** Something that went wrong, and what to do about it. */
export interface Trouble {
  readonly message: string;
  readonly hint?: string | undefined;
}

/** Messages are written for logs: on a page they are sentences, and what stands in backticks is code. */
export function sentence(text: string): Markup {
  const trimmed = text.trim();
  const ending = /[.!?…]$/.test(trimmed) ? '' : '.';
  const pieces = `${trimmed.charAt(0).toUpperCase()}${trimmed.slice(1)}${ending}`.split('`');
  return html`${pieces.map((piece, index) => (index % 2 === 1 ? html`<code>${piece}</code>` : piece))}`;
}

export const alertBox = ({ message, hint }: Trouble, id?: string): Markup => html`
<div class="notice bad" role="alert"${id === undefined ? '' : html` id="${id}"`}>
<p><strong>${sentence(message)}</strong></p>
${hint === undefined ? '' : html`<p>${sentence(hint)}</p>`}
</div>`;

/** Good or middling news. */
export const noticeBox = (kind: 'good' | 'warn', lines: readonly (string | Markup)[]): Markup => html`
<div class="notice ${kind}" role="status">${lines.map((line) => html`<p>${line}</p>`)}</div>`;

export const backLink = (text: string): Markup => html`<a class="button" href="${BASE}">${text}</a>`;

/** A vendor's address may lead to a web page only; `undefined`: it does not. */
export function webAddress(text: string): URL | undefined {
  if (!URL.canParse(text)) return undefined;
  const url = new URL(text);
  return url.protocol === 'https:' || url.protocol === 'http:' ? url : undefined;
}

/** For people and programs alike; the browser shows it in its own time zone where script runs. */
export const instant = (at: number): Markup => {
  const text = new Date(at).toISOString();
  return html`<time datetime="${text}">${text.slice(0, 16).replace('T', ' ')} UTC</time>`;
};
