import { html } from 'hono/html';
import type { LoginView } from '../../../../shared/contract/logins.js';
import type { Markup } from './layout.js';
import { alertBox, backLink, instant, noticeBox, sentence, type Trouble } from './parts.js';

export interface SavedParts {
  readonly result: NonNullable<LoginView['result']>;
  /** What it serves, as far as is known yet. */
  readonly models: number;
  /** Epoch milliseconds of the access token's end. */
  readonly expiresAt?: number | undefined;
}

/** What was saved, and where to go from here. */
export const savedPage = ({ result, models, expiresAt }: SavedParts): Markup => html`
<div class="outcome good">
<span class="mark" aria-hidden="true">✓</span>
<h1>${result.replaced ? 'Login renewed' : 'Login saved'}</h1>
</div>
<p class="lead"><strong>${result.label}</strong> is in use from now on.</p>
${result.warning === undefined ? '' : noticeBox('warn', result.warning.split('; ').map(sentence))}
<section class="card" aria-labelledby="saved">
<h2 id="saved">What was saved</h2>
<dl>
<div><dt>Account</dt><dd>${result.label}</dd></div>
<div><dt>File</dt><dd><code>${result.name}</code>${result.replaced ? ' (the same account’s file, replaced)' : ''}</dd></div>
${models === 0 ? '' : html`<div><dt>Serves</dt><dd>${models} models</dd></div>`}
${expiresAt === undefined ? '' : html`<div><dt>Token good until</dt><dd>${instant(expiresAt)}</dd></div>`}
</dl>
</section>
<section class="card" aria-labelledby="next">
<h2 id="next">What next</h2>
<ul class="plain">
<li><code>cliproxyctl models</code> lists what your clients can ask for.</li>
<li><code>cliproxyctl quota</code> shows what is left of the plan.</li>
<li><code>cliproxyctl credentials</code> shows how this login is doing.</li>
</ul>
</section>
<div class="actions">${backLink('Add another login')}</div>`;

/** What did not work, and the next step. */
export const failedPage = ({
  message,
  hint,
  title = 'This did not work',
}: Trouble & { readonly title?: string }): Markup => html`
<h1>${title}</h1>
${alertBox({ message, hint })}
<p>Nothing was saved.</p>
<div class="actions">${backLink('Back to the choices')}</div>`;

/** A page that is none, or that somebody may not see. */
export const messagePage = ({ title, message, hint }: Trouble & { readonly title: string }): Markup => html`
<h1>${title}</h1>
<p class="lead">${sentence(message)}</p>
${hint === undefined ? '' : html`<p>${sentence(hint)}</p>`}
<div class="actions">${backLink('Back to the choices')}</div>`;
