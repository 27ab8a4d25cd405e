import { mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Browser, chromium, type Page } from 'playwright-core';
import { isInstalled, run } from '../integration/engines/processes.ts';

/** Where screenshots of the last run lie. */
export const screenshots = join(tmpdir(), 'event-bus-screenshots');

/** Chromium of Debian's package, without its sandbox where it would need rights that containers do not have. */
export async function startChromium(): Promise<Browser> {
  const program = ['chromium', 'chromium-browser'].find(isInstalled);
  if (program === undefined) throw new Error('chromium is not installed: run npm run test:integration');
  mkdirSync(screenshots, { recursive: true });
  const executablePath = run('sh', ['-c', `command -v ${program}`]).trim();
  return chromium.launch({ executablePath, args: ['--no-sandbox'] });
}

export interface OpenedPage {
  readonly page: Page;
  /** What the browser complained about: scripts, and the policy on what a page may load. */
  readonly complaints: string[];
  readonly screenshot: (name: string) => Promise<void>;
}

const sizes = { desktop: { width: 1_280, height: 860 }, phone: { width: 390, height: 844 } } as const;

/** Opens the page in a browser profile of its own, as another device would, and signs in. */
export async function openPhotos(
  browser: Browser,
  url: string,
  { user, device }: { readonly user: string; readonly device: keyof typeof sizes },
): Promise<OpenedPage> {
  const colorScheme = device === 'phone' ? 'dark' : 'light';
  const context = await browser.newContext({ viewport: sizes[device], colorScheme });
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text());
  });
  await page.goto(url);
  await page.getByLabel('or as somebody else').fill(user);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await page.locator('#connection[data-state="live"]').waitFor();
  return {
    page,
    complaints,
    screenshot: async (name) => {
      await page.screenshot({ path: join(screenshots, `${name}-${device}.png`), fullPage: true });
    },
  };
}

/** Writes down every value that a progress bar takes from now on. */
export async function watchProgress(page: Page): Promise<() => Promise<ReadonlyMap<string, readonly number[]>>> {
  // Runs in the page.
  await page.evaluate(`
    window.progressSeen = {};
    const look = () => {
      for (const card of document.querySelectorAll('.card')) {
        const seen = (window.progressSeen[card.dataset.photo] ??= []);
        const value = card.querySelector('progress').value;
        if (seen.at(-1) !== value) seen.push(value);
      }
    };
    new MutationObserver(look).observe(document.getElementById('uploads'), { subtree: true, childList: true, attributes: true });
  `);
  return async () => new Map(Object.entries(await page.evaluate<Record<string, number[]>>('window.progressSeen')));
}

/** Ids of the photos that a page shows, by their state. */
export async function photosOn(page: Page, state?: string): Promise<readonly string[]> {
  const selector = state === undefined ? '.card' : `.card[data-state="${state}"]`;
  const ids = await page.locator(selector).evaluateAll((cards) => cards.map((card) => card.getAttribute('data-photo')));
  return ids.map(String).toSorted();
}

/** Waits until an expression is true in the page; the page's own policy forbids it to evaluate texts itself. */
export async function untilTrue(page: Page, expression: string): Promise<void> {
  for (const until = Date.now() + 60_000; !(await page.evaluate<boolean>(expression)); await sleep(100)) {
    if (Date.now() > until) throw new Error(`not true after a minute: ${expression}`);
  }
}
