import { html } from 'hono/html';
import type { LoginProviderView } from '../../../../shared/contract/logins.js';
import type { Markup } from './layout.js';
import { sentence, webAddress } from './parts.js';

type Policy = LoginProviderView['policy'];

const STANDING: Readonly<Record<Policy['standing'], string>> = {
  permitted: 'Permitted by the vendor’s terms',
  unclear: 'Vendor’s terms: unclear',
  forbidden: 'Forbidden by the vendor’s terms',
};

/** What the vendor's terms say, before anything happens. */
export const policyCard = ({ standing, summary, clientOwner, sources }: Policy): Markup => html`
<section class="card policy ${standing}" aria-labelledby="policy">
<h2 id="policy"><span class="badge">${STANDING[standing]}</span></h2>
<p>${sentence(summary)}</p>
<p>AWS’s page will name the client: ${clientOwner}.</p>
${sources.length === 0 ? '' : html`<p class="help">Read: ${sources.map(sourceLink)}</p>`}
</section>`;

const sourceLink = ({ url, date }: Policy['sources'][number], index: number): Markup => {
  const address = webAddress(url);
  const comma = index === 0 ? '' : ', ';
  if (address === undefined) return html`${comma}${url} (${date})`;
  return html`${comma}<a href="${address.href}" target="_blank" rel="noopener noreferrer">${address.hostname}</a> (${date})`;
};
