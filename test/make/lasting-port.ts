import { createServer } from 'node:net';

/** Systems give whoever asks for any port one from 32768 or 49152 on. */
const lowest = 20_000;
const count = 12_000;
let next = process.pid * 37;

/** A free port that the system gives to nobody else while a test has closed it and is to open it again. */
export async function lastingPort(): Promise<number> {
  for (let tries = 0; tries < count; tries += 1) {
    const port = lowest + (next++ % count);
    if (await isFree(port)) return port;
  }
  throw new Error(`no port from ${lowest} to ${lowest + count - 1} is free`);
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
