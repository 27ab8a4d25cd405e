import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { openLocalIssuer } from '../../src/local/auth/local-issuer.ts';
import { startPhotos } from '../../src/local/photos/start-photos.ts';
import { folders } from '../../src/local/platform/settings.ts';
import { startRealtime } from '../../src/local/realtime/start-realtime.ts';
import { jpegFile, landscape } from '../make/pictures.ts';
import { type Bus, freshEngines, killLeftovers, startBus, temporaryFolder } from './bus.ts';
import { eventsOf } from './observing.ts';
import { openPhotos, photosOn, startChromium, untilTrue, watchProgress } from './photo-browser.ts';

const folder = temporaryFolder();
const closers: (() => Promise<void>)[] = [];
let bus: Bus;
let browser: Browser;
let files: readonly File[];

beforeAll(async () => {
  bus = await startBus({ dataDir: folder.path, engines: await freshEngines() });
  browser = await startChromium();
  // Made while no gateway runs in this process, because it takes a while in which nothing else runs.
  files = pictures(5);
}, 240_000);

afterAll(async () => {
  await browser?.close();
  for (const close of closers.splice(0).reverse()) await close();
  await bus?.stop();
  await killLeftovers();
  folder.remove();
}, 120_000);

interface File {
  readonly name: string;
  readonly mimeType: string;
  readonly buffer: Buffer;
}

/** Pictures large enough that their processing takes a while. */
function pictures(count: number): readonly File[] {
  return Array.from({ length: count }, (_, index) => {
    const sideways = index % 3 === 2;
    const [width, height] = sideways ? [1_200, 1_800] : [1_800, 1_200];
    const buffer = jpegFile(landscape(width, height, index / count));
    return { name: `hills ${index + 1}.jpg`, mimeType: 'image/jpeg', buffer };
  });
}

const choose = (page: Page, files: readonly File[]) => page.setInputFiles('#files', [...files]);
const completed = (page: Page) => page.locator('.upload[data-state="completed"]').first().waitFor({ timeout: 120_000 });

test('photos that are uploaded on one device move on the others of the same user, and nobody else sees them', async () => {
  const url = bus.endpoints.photos ?? '';
  const desktop = await openPhotos(browser, url, { user: 'alice', device: 'desktop' });
  const phone = await openPhotos(browser, url, { user: 'alice', device: 'phone' });
  const stranger = await openPhotos(browser, url, { user: 'bob', device: 'desktop' });
  const progress = await watchProgress(phone.page);
  const [first] = files;
  const broken = {
    name: 'broken.jpg',
    mimeType: 'image/jpeg',
    buffer: first?.buffer.subarray(0, 9_000) ?? Buffer.of(),
  };

  await choose(desktop.page, [...files, broken]);
  await phone.page.locator('.card[data-state="processing"] progress').first().waitFor();
  await Promise.all([desktop.screenshot('photos-moving'), phone.screenshot('photos-moving')]);
  await Promise.all([completed(desktop.page), completed(phone.page)]);

  expect(await photosOn(phone.page)).toEqual(await photosOn(desktop.page));
  for (const { page } of [desktop, phone]) {
    expect([(await photosOn(page, 'completed')).length, (await photosOn(page, 'failed')).length]).toEqual([5, 1]);
    await expect(page.locator('.upload-summary').textContent()).resolves.toBe('Done, 1 failed');
    await expect(page.locator('.card[data-state="failed"] .note').textContent()).resolves.toContain('damaged');
    await untilTrue(page, 'document.querySelectorAll(".picture:not([hidden])").length === 5');
    const widths = await page.evaluate<number[]>(
      '[...document.querySelectorAll(".picture:not([hidden])")].map((one) => one.naturalWidth)',
    );
    expect(widths.every((width) => width > 0)).toBe(true);
  }
  const seen = [...(await progress()).values()];
  for (const values of seen) expect(values).toEqual(values.toSorted((left, right) => left - right));
  expect(seen.filter((values) => values.length >= 4).length).toBeGreaterThanOrEqual(3);

  const wider = await phone.page.evaluate<number>('document.documentElement.scrollWidth - window.innerWidth');
  expect(wider).toBeLessThanOrEqual(0);
  await Promise.all([desktop.screenshot('photos-done'), phone.screenshot('photos-done')]);
  await phone.page.locator('.frame:enabled').first().click();
  await untilTrue(phone.page, 'document.getElementById("viewer-picture").naturalWidth > 480');
  await phone.screenshot('photo-opened');

  const [someone = ''] = await photosOn(desktop.page, 'completed');
  expect(await photosOn(stranger.page)).toEqual([]);
  const stolen = await stranger.page.evaluate<number>(`(async () => {
    const json = { 'content-type': 'application/json' };
    const signIn = await fetch('/demo-session', { method: 'POST', headers: json, body: '{"user":"bob"}' });
    const { token } = await signIn.json();
    const answer = await fetch('/photos/${someone}', { headers: { authorization: 'Bearer ' + token } });
    return answer.status;
  })()`);
  expect(stolen).toBe(404);
  expect([desktop.complaints, phone.complaints]).toEqual([[], []]);
  // The list of a page that comes later is the same.
  await desktop.page.reload();
  await completed(desktop.page);
  expect(await photosOn(desktop.page)).toEqual(await photosOn(phone.page));
  for (const { page } of [desktop, phone, stranger]) await page.context().close();
}, 240_000);

test('a page goes on where it stopped when the gateway is started anew, without a gap and without a double', async () => {
  const issuer = await openLocalIssuer(folders(folder.path).auth);
  const { kafka, postgres } = bus.endpoints;
  const log = { info: () => {}, warn: () => {}, error: () => {} };
  const surroundings = { host: '127.0.0.1', bootstrapServers: kafka, postgres, log: log as never };
  const redis = process.env['EVENT_BUS_TEST_REDIS_URL'];
  const startGateway = (port: number) => startRealtime({ ...surroundings, port, trust: issuer.trust, redis });
  let gateway = await startGateway(0);
  closers.push(() => gateway.close());
  const { objects } = folders(folder.path);
  const site = await startPhotos({ ...surroundings, port: 0, objects, issuer, realtimeUrl: gateway.url });
  closers.push(() => site.close());
  const { page, screenshot } = await openPhotos(browser, site.url, { user: 'carol', device: 'desktop' });
  const connection = page.locator('#connection');

  await choose(page, files);
  await page.locator('.card[data-state="processing"]').first().waitFor();
  await gateway.close();
  await page.locator('#connection[data-state="away"]').waitFor();
  // What came just before is drawn in the next frame.
  await page.evaluate('new Promise((drawn) => requestAnimationFrame(() => drawn(true)))');
  const before = await photosOn(page, 'completed');
  // Whatever was processed by then, this one is missed.
  await choose(page, files.slice(0, 1));
  await untilLogged(6);
  await screenshot('photos-away');
  expect(await photosOn(page, 'completed')).toEqual(before);

  gateway = await startGateway(Number(new URL(gateway.url).port));
  await page.locator('#connection[data-state="resumed"]').waitFor({ timeout: 60_000 });
  await page.locator('.upload[data-state="completed"]').nth(1).waitFor({ timeout: 120_000 });
  expect(await photosOn(page, 'completed')).toHaveLength(6);
  await page.locator('.journal summary').click();
  await screenshot('photos-resumed');

  const logged = (await eventsOf(bus, 'photo.events.v1')).filter(({ data }) => data['userId'] === 'carol');
  // Six photos with eight events each, and the end of the batch.
  expect(logged).toHaveLength(6 * 8 + 1);
  await sleep(500);
  expect(Number(await connection.getAttribute('data-events'))).toBe(logged.length);
  expect(Number(await connection.getAttribute('data-resumed'))).toBeGreaterThanOrEqual(1);
  await page.context().close();
}, 240_000);

/** Waits until so many photos of carol are processed, as the log says. */
async function untilLogged(count: number): Promise<void> {
  for (const until = Date.now() + 120_000; ; await sleep(500)) {
    const events = await eventsOf(bus, 'photo.events.v1');
    const ends = events.filter(({ type, data }) => type === 'photo.processing.completed' && data['userId'] === 'carol');
    if (ends.length >= count) return;
    if (Date.now() > until) throw new Error(`${ends.length} of ${count} photos are processed`);
  }
}
