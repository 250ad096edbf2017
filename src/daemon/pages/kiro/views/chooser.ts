import { html } from 'hono/html';
import type { LoginProviderView } from '../../../../shared/contract/logins.js';
import { KIRO_PAGE_BASE as BASE } from '../../../../shared/contract/management/management.js';
import type { Markup } from './layout.js';
import { type LoginLine, loginList } from './login-list.js';
import { alertBox, type Trouble } from './parts.js';
import { policyCard } from './policy-card.js';

export type FormName = 'start' | 'organisation' | 'token' | 'files';

export interface ChooserParts {
  readonly policy: LoginProviderView['policy'];
  readonly logins: readonly LoginLine[];
  readonly notice?: Markup | undefined;
  readonly trouble?: (Trouble & { readonly form: FormName }) | undefined;
  /** What was typed, so that it need not be typed again. Never a token. */
  readonly startUrl?: string | undefined;
  readonly region?: string | undefined;
}

export const chooserPage = (parts: ChooserParts): Markup => html`
<h1>Add a Kiro login</h1>
<p class="lead">Use your Kiro or Amazon Q plan from every client of this gateway. You sign in at AWS; your password never comes here.</p>
${parts.notice ?? ''}
${policyCard(parts.policy)}
${builderCard(parts)}
${organisationCard(parts)}
${importCard(parts)}
<section class="aside" aria-labelledby="social">
<h2 id="social">Google or GitHub?</h2>
<p>Not available here. Kiro sends those sign-ins back to its own IDE only, and this gateway does not pretend to be the IDE. Sign in there, then bring the login over as above.</p>
</section>
${loginList(parts.logins)}`;

const troubleOf = ({ trouble }: ChooserParts, form: FormName): Markup | '' =>
  trouble?.form === form ? alertBox(trouble, `${form}-trouble`) : '';

/** Ties a field to what is wrong with it. */
const marks = ({ trouble }: ChooserParts, form: FormName, help: string): Markup =>
  trouble?.form === form
    ? html`aria-invalid="true" aria-describedby="${help} ${form}-trouble"`
    : html`aria-describedby="${help}"`;

const builderCard = (parts: ChooserParts): Markup => html`
<section class="card" aria-labelledby="builder">
<h2 id="builder">AWS Builder ID</h2>
<p>Your personal profile at AWS, with a free or a paid plan.</p>
${troubleOf(parts, 'start')}
<form method="post" action="${BASE}/start">
<input type="hidden" name="method" value="builder-id">
<button class="primary" type="submit" data-busy="Asking AWS for a code…">Continue with Builder ID</button>
</form>
</section>`;

const organisationCard = (parts: ChooserParts): Markup => html`
<section class="card" aria-labelledby="organisation">
<h2 id="organisation">Your organisation</h2>
<p>IAM Identity Center, where your company gave you access to Kiro or Amazon Q.</p>
${troubleOf(parts, 'organisation')}
<form method="post" action="${BASE}/start">
<input type="hidden" name="method" value="idc">
<div class="row">
<div class="field wide">
<label for="start-url">Start URL</label>
<input id="start-url" name="startUrl" type="url" required inputmode="url" autocomplete="off" spellcheck="false"
 placeholder="https://d-1234567890.awsapps.com/start" value="${parts.startUrl ?? ''}" ${marks(parts, 'organisation', 'start-url-help')}>
<p class="help" id="start-url-help">Your AWS access portal’s address; your administrator knows it.</p>
</div>
<div class="field">
<label for="region">Region</label>
<input id="region" name="region" type="text" required autocomplete="off" autocapitalize="none" spellcheck="false"
 pattern="[a-z]{2}(-[a-z]+)+-[0-9]{1,2}" title="an AWS region, such as us-east-1" value="${parts.region ?? 'us-east-1'}" aria-describedby="region-help">
<p class="help" id="region-help">Of that portal.</p>
</div>
</div>
<button type="submit" data-busy="Asking AWS for a code…">Continue with organisation</button>
</form>
</section>`;

const importCard = (parts: ChooserParts): Markup => html`
<section class="card" aria-labelledby="import">
<h2 id="import">Bring a login from the Kiro IDE</h2>
<p>The IDE keeps it in <code>~/.aws/sso/cache/kiro-auth-token.json</code>.</p>
${troubleOf(parts, 'files')}
<form method="post" action="${BASE}/import" enctype="multipart/form-data">
<div class="field">
<label for="files">Login files</label>
<input id="files" class="drop" name="files" type="file" accept=".json,application/json" multiple required ${marks(parts, 'files', 'files-help')}>
<p class="help" id="files-help">Choose the file, or drop it here. Signed in by Builder ID or organisation? Add the second file beside it, the one with the long name.</p>
</div>
<div class="check">
<input id="own" name="own" type="checkbox" value="true" aria-describedby="own-help">
<div><label for="own">Let this gateway renew the login</label>
<p class="help" id="own-help">The IDE may then ask you to sign in again. Without it the login ends with its present token, within the hour.</p></div>
</div>
<button type="submit" data-busy="Checking the files…">Import files</button>
</form>
<p class="or" role="separator"><span>or</span></p>
${troubleOf(parts, 'token')}
<form method="post" action="${BASE}/import">
<div class="field">
<label for="token">Refresh token or API key</label>
<input id="token" name="refreshToken" type="password" required autocomplete="off" spellcheck="false" ${marks(parts, 'token', 'token-help')}>
<p class="help" id="token-help"><code>aorAAAAAG…</code> of a Google or GitHub sign-in, or a Kiro API key <code>ksk_…</code>. Other sign-ins need their files.</p>
</div>
<button type="submit" data-busy="Asking Kiro…">Import token</button>
</form>
</section>`;
