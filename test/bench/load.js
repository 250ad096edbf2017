// The load generator: a process of its own, so that its cost is not the gateway's.
// Told by message: { port, path, headers, body, connections, requests }. Answers { seconds, chunks, short, p99Ms }.
import { Pool } from 'undici';

process.on('message', async (job) => process.send(await run(job)));
process.on('disconnect', () => process.exit(0));
process.send('up');

async function run({ port, headers, body, connections, requests, expectChunks, intervalMs }) {
  const pool = new Pool(`http://127.0.0.1:${port}`, { connections, pipelining: 1 });
  const bytes = Buffer.from(body);
  const delays = [];
  let next = 0;
  let chunks = 0;
  let short = 0;
  const startedAt = performance.now();
  const one = () =>
    new Promise((resolve, reject) => {
      let seen = 0;
      let lastAt = 0;
      let status = 0;
      pool.dispatch(
        { path: '/v1/chat/completions', method: 'POST', headers, body: bytes },
        {
          onRequestStart: (controller) => controller.resume(),
          onResponseStart(_controller, code) {
            status = code;
          },
          onResponseData(_controller, chunk) {
            const found = count(chunk);
            seen += found;
            if (found > 0 && intervalMs > 0) {
              const at = performance.now();
              if (lastAt > 0) delays.push(at - lastAt - intervalMs);
              lastAt = at;
            }
          },
          onResponseEnd() {
            if (status !== 200) return reject(new Error(`status ${status}`));
            chunks += seen;
            if (seen < expectChunks) short++;
            resolve();
          },
          onResponseError: (_controller, error) => reject(error),
        },
      );
    });
  const worker = async () => {
    while (next < requests) {
      next++;
      await one();
    }
  };
  await Promise.all(Array.from({ length: connections }, worker));
  const seconds = (performance.now() - startedAt) / 1000;
  await pool.close();
  delays.sort((a, b) => a - b);
  return { seconds, chunks, short, requests, p99Ms: delays[Math.floor(delays.length * 0.99)] ?? 0 };
}

const MARK = Buffer.from('lazy dog');
function count(chunk) {
  let found = 0;
  for (let at = chunk.indexOf(MARK); at !== -1; at = chunk.indexOf(MARK, at + 8)) found++;
  return found;
}
