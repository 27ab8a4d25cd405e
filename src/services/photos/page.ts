import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { PhotoAnswer } from './photo-call.ts';

const types = { html: 'text/html', css: 'text/css', js: 'text/javascript', svg: 'image/svg+xml' } as const;

/** Files of the page, by their path below the service. */
const files: Readonly<Record<string, { readonly file: string; readonly type: keyof typeof types }>> = {
  '/': { file: 'index.html', type: 'html' },
  '/styles.css': { file: 'styles.css', type: 'css' },
  '/icon.svg': { file: 'icon.svg', type: 'svg' },
  '/main.js': { file: 'main.js', type: 'js' },
  '/api.js': { file: 'api.js', type: 'js' },
  '/live-events.js': { file: 'live-events.js', type: 'js' },
  '/photo-state.js': { file: 'photo-state.js', type: 'js' },
  '/photo-view.js': { file: 'photo-view.js', type: 'js' },
  '/thumbnails.js': { file: 'thumbnails.js', type: 'js' },
};

const clientPath = '/socket.io.esm.min.js';

/** The page of the example: what a browser gets without a token. */
export interface PhotoPage {
  /** The file of a path; undefined when the page has none there. */
  answer(path: string): PhotoAnswer | undefined;
}

/**
 * Reads the page's files and the client of Socket.IO into memory.
 *
 * @param realtimeUrl - the gateway that the page connects to; the only other origin that the browser may reach
 */
export async function loadPage(realtimeUrl: string): Promise<PhotoPage> {
  const headers = pageHeaders(realtimeUrl);
  const answers = new Map<string, PhotoAnswer>();
  for (const [path, { file, type }] of Object.entries(files)) {
    const body = await readFile(join(import.meta.dirname, 'web', file));
    answers.set(path, { status: 200, headers: { ...headers, 'content-type': `${types[type]}; charset=utf-8` }, body });
  }
  const library = dirname(createRequire(import.meta.url).resolve('socket.io/package.json'));
  const client = join(library, 'client-dist', 'socket.io.esm.min.js');
  const script = { ...headers, 'content-type': 'text/javascript; charset=utf-8' };
  answers.set(clientPath, { status: 200, headers: script, body: await readFile(client) });
  answers.set('/config.json', { status: 200, headers, body: { realtimeUrl } });
  return { answer: (path) => answers.get(path) };
}

function pageHeaders(realtimeUrl: string): Readonly<Record<string, string>> {
  const { host } = new URL(realtimeUrl);
  const policy = [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    // Thumbnails are fetched with a token and shown from memory.
    "img-src 'self' blob:",
    `connect-src 'self' ${realtimeUrl} ws://${host}`,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ];
  return {
    'content-security-policy': policy.join('; '),
    'referrer-policy': 'no-referrer',
    'cross-origin-opener-policy': 'same-origin',
    'cache-control': 'no-cache',
  };
}
