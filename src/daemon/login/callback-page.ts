export type PageId = 'received' | 'denied' | 'used' | 'foreign' | 'empty' | 'not-here' | 'wrong-host' | 'wrong-method';

interface Page {
  readonly status: number;
  readonly title: string;
  readonly text: string;
}

const PAGES: Readonly<Record<PageId, Page>> = {
  received: {
    status: 200,
    title: 'Answer received',
    text: 'cliproxyctl has your answer and is finishing the login. Whether it worked is shown where you started it. You can close this page.',
  },
  denied: {
    status: 200,
    title: 'Login refused',
    text: 'The login was refused, and nothing was saved. You can close this page.',
  },
  used: {
    status: 409,
    title: 'Already answered',
    text: 'This login has already had its answer; a second one is not used. You can close this page.',
  },
  foreign: {
    status: 400,
    title: 'Unknown login',
    text: 'This address belongs to no login that is waiting here: it is from another one, or from one that has ended. Nothing was saved.',
  },
  empty: {
    status: 400,
    title: 'Incomplete answer',
    text: 'This address holds neither a code nor an error. The login goes on waiting.',
  },
  'not-here': { status: 404, title: 'Nothing here', text: 'This port only waits for the answer of a login.' },
  'wrong-host': { status: 421, title: 'Wrong host', text: 'This port answers for localhost only.' },
  'wrong-method': { status: 405, title: 'Wrong method', text: 'This port answers GET only.' },
};

/** Nothing may be loaded, run, framed or sent from these pages; and the code in their address goes nowhere else. */
const HEADERS: Readonly<Record<string, string>> = {
  'content-type': 'text/html; charset=utf-8',
  'content-security-policy': "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; sandbox",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cache-control': 'no-store',
  connection: 'close',
};

export interface RenderedPage {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** `reason`: the vendor's own words, shown as text. */
export function renderPage(id: PageId, reason?: string): RenderedPage {
  const { status, title, text } = PAGES[id];
  const said = reason === undefined ? '' : `<p>The answer was: ${escapeHtml(reason)}</p>`;
  const body = `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>${title}</title></head><body><h1>${title}</h1><p>${text}</p>${said}</body></html>`;
  return { status, body, headers: id === 'wrong-method' ? { ...HEADERS, allow: 'GET' } : HEADERS };
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

const escapeHtml = (text: string): string => text.replace(/[&<>"']/g, (sign) => ENTITIES[sign] ?? sign);
