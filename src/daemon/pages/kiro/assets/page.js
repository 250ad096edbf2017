// Everything works without this script; it tells earlier what the next page would tell.

const POLL_MS = 3000;

for (const form of document.forms) {
  form.addEventListener('submit', (event) => {
    const button = form.querySelector('button[data-busy]');
    if (button === null) return;
    if (button.getAttribute('aria-busy') === 'true') {
      event.preventDefault();
      return;
    }
    button.dataset.label = button.textContent;
    button.textContent = button.dataset.busy;
    button.setAttribute('aria-busy', 'true');
  });
}

// A page that the browser brings back as it was left is ready again.
addEventListener('pageshow', () => {
  for (const button of document.querySelectorAll('button[aria-busy]')) {
    button.textContent = button.dataset.label;
    button.removeAttribute('aria-busy');
  }
});

for (const time of document.querySelectorAll('time[datetime]')) {
  time.textContent = new Date(time.dateTime).toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'short' });
}

// Whoever has made a mistake begins at it.
document.querySelector('[aria-invalid="true"]')?.focus();

for (const button of document.querySelectorAll('button[data-copy]')) {
  const source = document.getElementById(button.dataset.copy);
  button.hidden = false;
  button.addEventListener('click', async () => {
    const label = button.textContent;
    button.textContent = (await copy(source)) ? 'Copied' : 'Selected: press Ctrl+C';
    say(button.textContent === 'Copied' ? 'Code copied' : 'Code selected');
    setTimeout(() => {
      button.textContent = label;
    }, 2500);
  });
}

/** Browsers let a page write to the clipboard only where the connection is safe: over https, or on this machine. */
async function copy(source) {
  try {
    await navigator.clipboard.writeText(source.textContent);
    return true;
  } catch {
    getSelection().selectAllChildren(source);
    return false;
  }
}

function say(text) {
  const spoken = document.createElement('span');
  spoken.className = 'unseen';
  spoken.setAttribute('role', 'status');
  document.body.append(spoken);
  spoken.textContent = text;
  setTimeout(() => spoken.remove(), 3000);
}

const waiting = document.querySelector('[data-status]');
if (waiting !== null) {
  countDown(waiting.querySelector('[data-remaining]'));
  setTimeout(poll, POLL_MS);
}

function countDown(clock) {
  const endsAt = Date.now() + Number(clock.dataset.remaining) * 1000;
  const tick = () => {
    const seconds = Math.max(0, Math.round((endsAt - Date.now()) / 1000));
    clock.textContent = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
    if (seconds > 0) setTimeout(tick, 1000);
  };
  tick();
}

async function poll() {
  const { status, outcome, wait } = waiting.dataset;
  try {
    const response = await fetch(status, { headers: { accept: 'application/json' } });
    // Signed out, or the login is forgotten: the page itself says which.
    if (response.status === 401 || response.status === 404) return location.replace(wait);
    const told = await response.json();
    if (told.status === 'success' || told.status === 'failed') return location.replace(outcome);
    if (told.question !== undefined) return location.replace(wait);
    if (response.ok) show('Waiting for you at AWS…', true);
    else show('The gateway is busy. Trying again…', false);
  } catch {
    show('The gateway does not answer. Trying again…', false);
  }
  setTimeout(poll, POLL_MS);
}

/** Said only when it is news: a screen reader reads each change. */
function show(text, isWell) {
  const line = waiting.querySelector('[data-status-text]');
  if (line.textContent === text) return;
  line.textContent = text;
  waiting.querySelector('.dot').classList.toggle('bad', !isWell);
}
