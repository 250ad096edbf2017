import { html } from 'hono/html';
import { KIRO_PAGE_BASE as BASE } from '../../../../shared/contract/management/management.js';
import type { DeviceCode, Question } from '../page-logins.js';
import type { Markup } from './layout.js';
import { alertBox, type Trouble, webAddress } from './parts.js';

export interface WaitingParts {
  readonly state: string;
  readonly code: DeviceCode;
  readonly remainingSeconds: number;
}

/** The code to confirm at AWS. Its end is found by asking for the status. */
export const waitingPage = ({ state, code, remainingSeconds }: WaitingParts): Markup => {
  const address = webAddress(code.completeUrl ?? code.url);
  const query = `?state=${encodeURIComponent(state)}`;
  return html`
<h1>Confirm at AWS</h1>
<p class="lead">Open AWS’s page, check that it shows this code, then allow access. This page goes on by itself.</p>
<section class="card code" data-status="${BASE}/status${query}" data-outcome="${BASE}/callback${query}" data-wait="${BASE}/wait${query}">
<p class="label" id="code-label">Your code</p>
<p class="user-code"><output id="user-code" aria-labelledby="code-label">${code.userCode}</output></p>
<div class="actions">
${
  address === undefined
    ? html`<p>AWS gave no address that can be opened: ${code.url}</p>`
    : html`<a class="button primary" href="${address.href}" target="_blank" rel="noopener noreferrer">Open AWS sign-in <span aria-hidden="true">↗</span><span class="unseen"> (opens in a new tab)</span></a>`
}
<button type="button" data-copy="user-code" hidden>Copy code</button>
</div>
${address === undefined ? '' : html`<p class="help">On another device, open <span class="address">${code.url}</span> and type the code there.</p>`}
<div class="progress">
<p class="status" role="status" aria-live="polite"><span class="dot" aria-hidden="true"></span><span data-status-text>Waiting for you at AWS…</span></p>
<p class="timer">Code good for <span role="timer" aria-live="off" data-remaining="${remainingSeconds}">${clock(remainingSeconds)}</span></p>
</div>
<noscript><p class="help">This page looks again every few seconds.</p></noscript>
</section>
<p class="aside">Allow access only if AWS shows this same code and names cliproxyctl. If you did not begin this yourself, refuse it there.</p>
${cancelForm(state)}`;
};

export interface QuestionParts {
  readonly state: string;
  readonly question: Question;
  readonly trouble?: Trouble | undefined;
}

/** A choice that only the person can make. */
export const questionPage = ({ state, question, trouble }: QuestionParts): Markup => html`
<h1>One more choice</h1>
<p class="lead">The sign-in worked. Before it is saved:</p>
<form class="card" method="post" action="${BASE}/answer">
${trouble === undefined ? '' : alertBox(trouble)}
<input type="hidden" name="state" value="${state}">
${question.choices === undefined ? textField(question) : choiceField(question, question.choices)}
<button class="primary" type="submit" data-busy="Saving…">Continue</button>
</form>
${cancelForm(state)}`;

const textField = ({ message, secret }: Question): Markup => html`
<div class="field">
<label for="value">${message}</label>
<input id="value" name="value" type="${secret ? 'password' : 'text'}" required autocomplete="off" autofocus>
</div>`;

const choiceField = ({ message, fallback }: Question, choices: NonNullable<Question['choices']>): Markup => html`
<fieldset>
<legend>${message}</legend>
${choices.map(
  ({ value, label }, index) => html`
<div class="check"><input id="choice-${index}" name="value" type="radio" required value="${value}"${value === fallback ? html` checked` : ''}>
<label for="choice-${index}">${label}</label></div>`,
)}
</fieldset>`;

const cancelForm = (state: string): Markup => html`
<form class="below" method="post" action="${BASE}/cancel">
<input type="hidden" name="state" value="${state}">
<button class="quiet" type="submit">Cancel this login</button>
</form>`;

/** `9:41`. */
const clock = (seconds: number): string => `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
