import { html } from 'hono/html';
import { KIRO_PAGE_BASE as BASE } from '../../../../shared/contract/management/management.js';
import type { Markup } from './layout.js';
import { alertBox, type Trouble } from './parts.js';

export interface SignInParts {
  readonly trouble?: Trouble | undefined;
  /** Of the login that the person was looking at. */
  readonly state?: string | undefined;
}

export const signInPage = ({ trouble, state }: SignInParts): Markup => html`
<h1>Sign in to your gateway</h1>
<p class="lead">These pages add logins to this gateway, so they ask for its management key first.</p>
<form class="card" method="post" action="${BASE}/sign-in">
${trouble === undefined ? '' : alertBox(trouble, 'key-trouble')}
${state === undefined ? '' : html`<input type="hidden" name="state" value="${state}">`}
<div class="field">
<label for="key">Management key</label>
<input id="key" name="key" type="password" autocomplete="current-password" required autofocus spellcheck="false"
 aria-describedby="key-help${trouble === undefined ? '' : ' key-trouble'}"${trouble === undefined ? '' : html` aria-invalid="true"`}>
<p class="help" id="key-help">The one you chose as <code>remote-management.secret-key</code> in <code>config.yaml</code>. The file itself only holds its hash.</p>
</div>
<button class="primary" type="submit" data-busy="Signing in…">Sign in</button>
</form>
<p class="aside">This browser is signed out after half an hour without use. Five wrong keys lock your address out for half an hour.</p>`;
