import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { WebSocket } from 'ws';
import { z } from 'zod';

export interface View {
  readonly width: number;
  readonly scheme: 'light' | 'dark';
}

/** One tab, used as a person would. */
export interface Tab {
  /** Resolves when the page is loaded. */
  open(url: string): Promise<void>;
  look(view: View): Promise<void>;
  /** The value of an expression in the page. */
  value(expression: string): Promise<unknown>;
  /** Waits for an expression to be true, over page changes. */
  until(expression: string): Promise<void>;
  /** By the mouse. */
  click(selector: string): Promise<void>;
  /** Into the field, by the keyboard. */
  type(selector: string, text: string): Promise<void>;
  press(key: 'Tab' | 'Enter'): Promise<void>;
  choose(selector: string, files: readonly string[]): Promise<void>;
  picture(path: string): Promise<void>;
  /** From the next page on. */
  withoutScript(): Promise<void>;
  close(): Promise<void>;
  /** What the browser complained of since it was last asked: errors of scripts, of loading, of the policy. */
  complaints(): string[];
}

export interface Chromium {
  newTab(): Promise<Tab>;
  close(): Promise<void>;
}

const PROGRAM = 'chromium';
const WITHIN_MS = 20_000;
const LOOK_EVERY_MS = 40;

const messageSchema = z.object({
  id: z.number().optional(),
  sessionId: z.string().optional(),
  method: z.string().optional(),
  params: z.record(z.string(), z.unknown()).optional(),
  result: z.record(z.string(), z.unknown()).optional(),
  error: z.object({ message: z.string() }).optional(),
});
const evaluatedSchema = z.object({
  result: z.object({ value: z.unknown() }),
  exceptionDetails: z.object({ exception: z.object({ description: z.string().optional() }).optional() }).optional(),
});

type Send = (method: string, params?: object, sessionId?: string) => Promise<Readonly<Record<string, unknown>>>;

/** A headless Chromium of its own, driven over the DevTools protocol. */
export async function startChromium(): Promise<Chromium> {
  const profile = await mkdtemp(join(tmpdir(), 'cliproxyctl-browser-'));
  const child = spawn(
    PROGRAM,
    [
      ...['--headless', '--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--no-first-run'],
      ...['--no-proxy-server', '--disable-background-networking', '--hide-scrollbars', '--lang=en-US'],
      ...['--remote-debugging-port=0', `--user-data-dir=${profile}`, 'about:blank'],
    ],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  );
  const address = await new Promise<string>((resolve, reject) => {
    let text = '';
    child.on('error', (cause) => reject(new Error(`${PROGRAM} is needed: apt-get install chromium`, { cause })));
    child.on('close', () => reject(new Error(`chromium ended: ${text}`)));
    child.stderr.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      const found = /DevTools listening on (ws:\S+)/.exec(text)?.[1];
      if (found !== undefined) resolve(found);
    });
  });
  const socket = new WebSocket(address);
  await once(socket, 'open');
  const pending = new Map<number, (message: z.output<typeof messageSchema>) => void>();
  const listeners = new Map<string, (method: string, params: Readonly<Record<string, unknown>>) => void>();
  let lastId = 0;
  socket.on('message', (bytes) => {
    const message = messageSchema.parse(JSON.parse(String(bytes)));
    if (message.id !== undefined) pending.get(message.id)?.(message);
    else listeners.get(message.sessionId ?? '')?.(message.method ?? '', message.params ?? {});
  });
  const send: Send = (method, params = {}, sessionId) =>
    new Promise((resolve, reject) => {
      const id = ++lastId;
      pending.set(id, ({ result, error }) => {
        pending.delete(id);
        if (error === undefined) resolve(result ?? {});
        else reject(new Error(`${method}: ${error.message}`));
      });
      socket.send(JSON.stringify({ id, method, params, ...(sessionId === undefined ? {} : { sessionId }) }));
    });
  return {
    async newTab() {
      const { targetId } = await send('Target.createTarget', { url: 'about:blank' });
      const { sessionId } = await send('Target.attachToTarget', { targetId, flatten: true });
      const session = String(sessionId);
      return openTab(
        (method, params) => send(method, params, session),
        (listen) => listeners.set(session, listen),
        async () => void (await send('Target.closeTarget', { targetId })),
      );
    },
    async close() {
      const ended = once(child, 'close');
      await send('Browser.close').catch(() => child.kill());
      socket.terminate();
      await ended;
      await rm(profile, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

async function openTab(
  send: (method: string, params?: object) => Promise<Readonly<Record<string, unknown>>>,
  onEvent: (listen: (method: string, params: Readonly<Record<string, unknown>>) => void) => void,
  close: () => Promise<void>,
): Promise<Tab> {
  let complaints: string[] = [];
  onEvent((method, params) => {
    const { level, type } = z
      .object({ entry: z.object({ level: z.string() }).optional(), type: z.string().optional() })
      .transform(({ entry, type }) => ({ level: entry?.level, type }))
      .parse(params);
    const isComplaint =
      method === 'Runtime.exceptionThrown' ||
      (method === 'Log.entryAdded' && (level === 'error' || level === 'warning')) ||
      (method === 'Runtime.consoleAPICalled' && (type === 'error' || type === 'warning' || type === 'assert'));
    if (isComplaint) complaints.push(`${method}: ${JSON.stringify(params)}`);
  });
  for (const domain of ['Page', 'Runtime', 'Log', 'DOM']) await send(`${domain}.enable`);

  const value = async (expression: string): Promise<unknown> => {
    const { result, exceptionDetails } = evaluatedSchema.parse(
      await send('Runtime.evaluate', { expression, returnByValue: true, awaitPromise: true }),
    );
    if (exceptionDetails === undefined) return result.value;
    throw new Error(exceptionDetails.exception?.description ?? `this fails in the page: ${expression}`);
  };
  const until = async (expression: string): Promise<void> => {
    const giveUpAt = Date.now() + WITHIN_MS;
    for (;;) {
      // While a page changes there is nothing to ask.
      const isTrue = await value(`Boolean(${expression})`).catch(() => false);
      if (isTrue === true) return;
      if (Date.now() > giveUpAt)
        throw new Error(`never true: ${expression}\n${await value('document.body.innerText')}`);
      await delay(LOOK_EVERY_MS);
    }
  };
  const centreOf = async (selector: string): Promise<{ readonly x: number; readonly y: number }> => {
    await until(`document.querySelector(${JSON.stringify(selector)})`);
    return z.object({ x: z.number(), y: z.number() }).parse(
      await value(`(() => {
        const element = document.querySelector(${JSON.stringify(selector)});
        element.scrollIntoView({ block: 'center' });
        const { x, y, width, height } = element.getBoundingClientRect();
        return { x: x + width / 2, y: y + height / 2 };
      })()`),
    );
  };
  const click = async (selector: string): Promise<void> => {
    const point = { ...(await centreOf(selector)), button: 'left', clickCount: 1 };
    await send('Input.dispatchMouseEvent', { type: 'mousePressed', ...point });
    await send('Input.dispatchMouseEvent', { type: 'mouseReleased', ...point });
  };
  return {
    value,
    until,
    click,
    async open(url) {
      await send('Page.navigate', { url });
      await until(`document.readyState === 'complete' && location.href !== 'about:blank'`);
    },
    async look({ width, scheme }) {
      const features = [{ name: 'prefers-color-scheme', value: scheme }];
      await send('Emulation.setEmulatedMedia', { features });
      await send('Emulation.setDeviceMetricsOverride', {
        width,
        height: 844,
        deviceScaleFactor: 1,
        mobile: width < 600,
      });
    },
    async type(selector, text) {
      await click(selector);
      await send('Input.insertText', { text });
    },
    async press(key) {
      const code = { Tab: 9, Enter: 13 }[key];
      const event = { key, code: key, windowsVirtualKeyCode: code, ...(key === 'Enter' ? { text: '\r' } : {}) };
      await send('Input.dispatchKeyEvent', { type: 'keyDown', ...event });
      await send('Input.dispatchKeyEvent', { type: 'keyUp', key, code: key, windowsVirtualKeyCode: code });
    },
    async choose(selector, files) {
      await until(`document.querySelector(${JSON.stringify(selector)})`);
      const { root } = z.object({ root: z.object({ nodeId: z.number() }) }).parse(await send('DOM.getDocument'));
      const { nodeId } = await send('DOM.querySelector', { nodeId: root.nodeId, selector });
      await send('DOM.setFileInputFiles', { nodeId, files });
    },
    async picture(path) {
      const { data } = await send('Page.captureScreenshot', { format: 'png', captureBeyondViewport: true });
      await writeFile(path, Buffer.from(String(data), 'base64'));
    },
    close,
    withoutScript: async () => void (await send('Emulation.setScriptExecutionDisabled', { value: true })),
    complaints() {
      const told = complaints;
      complaints = [];
      return told;
    },
  };
}
