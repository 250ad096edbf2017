import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface BrowserVisit {
  /** The page it ended at, as it stands in the browser. */
  readonly dom: string;
  /** What the browser itself complained of, policy violations included. */
  readonly console: string;
}

/** Opens an address in a headless Chromium of its own and gives the page it ends at. */
export async function visit(url: string): Promise<BrowserVisit> {
  const profile = await mkdtemp(join(tmpdir(), 'cliproxyctl-browser-'));
  const args = [
    '--headless',
    '--no-sandbox',
    '--disable-gpu',
    '--disable-dev-shm-usage',
    '--no-first-run',
    '--no-proxy-server',
    '--enable-logging=stderr',
    '--timeout=10000',
    `--user-data-dir=${profile}`,
    '--dump-dom',
    url,
  ];
  try {
    return await run('chromium', args);
  } finally {
    await rm(profile, { recursive: true, force: true, maxRetries: 5 });
  }
}

function run(program: string, args: readonly string[]): Promise<BrowserVisit> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    let dom = '';
    let log = '';
    child.stdout.on('data', (chunk: Buffer) => (dom += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (log += chunk.toString()));
    child.on('error', (cause) => reject(new Error(`${program} is needed: apt-get install chromium`, { cause })));
    child.on('close', (code) => {
      if (code !== 0) return reject(new Error(`${program} ended with ${code}: ${log}`));
      resolve({
        dom,
        console: log
          .split('\n')
          .filter((line) => line.includes('CONSOLE'))
          .join('\n'),
      });
    });
  });
}
