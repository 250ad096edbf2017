import { html } from 'hono/html';
import { KIRO_PAGE_BASE as BASE } from '../../../../shared/contract/management/management.js';
import { VERSION } from '../../../../shared/version.js';

/** Escaped HTML, as the template makes it. */
export type Markup = ReturnType<typeof html>;

export interface LayoutParts {
  readonly title: string;
  readonly isSignedIn: boolean;
  readonly body: Markup;
  /** For browsers without script: how often the page is asked for again. */
  readonly refreshSeconds?: number;
}

const asset = (name: string): string => `${BASE}/assets/${name}?v=${encodeURIComponent(VERSION)}`;

/** What all pages have in common. Values that are put in are escaped, upstream's words among them. */
export const layout = ({ title, isSignedIn, body, refreshSeconds }: LayoutParts): Markup => html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>${title} · cliproxyctl</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="robots" content="noindex">
<link rel="icon" type="image/svg+xml" href="${asset('icon.svg')}">
<link rel="stylesheet" href="${asset('page.css')}">
<script type="module" src="${asset('page.js')}"></script>
${refreshSeconds === undefined ? '' : html`<noscript><meta http-equiv="refresh" content="${refreshSeconds}"></noscript>`}
</head>
<body>
<a class="skip" href="#main">Skip to content</a>
<header class="bar">
<a class="brand" href="${BASE}"><img src="${asset('icon.svg')}" alt="" width="24" height="24">cliproxyctl</a>
${isSignedIn ? signOut : ''}
</header>
<main id="main">${body}</main>
<footer class="foot">Served by your own gateway, version ${VERSION}. Nothing on this page is loaded from elsewhere.</footer>
</body>
</html>`;

const signOut = html`<form method="post" action="${BASE}/sign-out"><button class="quiet" type="submit">Sign out</button></form>`;
