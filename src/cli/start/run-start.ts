import { setTimeout as sleep } from 'node:timers/promises';
import type { AppError } from '../../core/errors/app-error.ts';
import type { Endpoints } from '../../local/platform/endpoints.ts';
import { type Platform, startPlatform } from '../../local/platform/platform.ts';
import type { PlatformSettings } from '../../local/platform/settings.ts';
import { exitCodes } from '../exit-codes.ts';
import { ledgerView } from './ledger-view.ts';
import { startSample } from './sample.ts';
import type { StartFlags } from './settings.ts';
import { statusLine, statusView, summarise } from './status-view.ts';

interface Start {
  readonly flags: StartFlags;
  readonly settings: PlatformSettings;
}

const liveIntervalMs = 1000;
const lineIntervalMs = 5000;

/** Runs the bus until Ctrl-C or until a part stops by itself; returns the exit code. */
export async function runStart({ flags, settings }: Start): Promise<number> {
  const startedAt = performance.now();
  const interrupted = interruption();
  const platform = await startPlatform({
    settings,
    onStep: (what) => flags.json || say(`starting ${what}`),
  });
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
  const { endpoints, logFile } = platform;
  if (flags.json) say(JSON.stringify({ ready: true, seconds: Number(seconds), endpoints, logFile }));
  else say(`\nready in ${seconds} s\n\n${endpointsView(endpoints, logFile)}\n`);

  const stop = new AbortController();
  const sample = flags.sample ? startSample(endpoints, { rate: flags.sampleRate, signal: stop.signal }) : undefined;
  const watching = watch(platform, flags.json === true, stop.signal);
  const failure = await Promise.race([interrupted, platform.failed.catch((error: AppError) => error)]);
  stop.abort();
  await Promise.all([watching, sample]);
  if (failure !== undefined) process.stderr.write(`${failure.code}: ${failure.message}\n`);
  if (!flags.json) say('\nstopping: entrances first, then what is under way, then the engines');
  await platform.close();
  const entries = platform.ledger.entries();
  say(flags.json ? JSON.stringify({ ledger: entries }) : `\n${ledgerView(entries)}`);
  return failure === undefined ? exitCodes.ok : exitCodes.unavailable;
}

const say = (text: string) => process.stdout.write(`${text}\n`);

/** Resolves at the first Ctrl-C or SIGTERM; a second one ends the process at once. */
function interruption(): Promise<undefined> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      process.once(signal, () => {
        process.once(signal, () => process.exit(exitCodes.interrupted));
        resolve(undefined);
      });
    }
  });
}

function endpointsView(endpoints: Endpoints, logFile: string): string {
  return [
    `Kafka       ${endpoints.kafka}`,
    `MQTT        ${endpoints.mqtt}   (devices with certificates: ${endpoints.mqtts})`,
    `gRPC        ${endpoints.grpc}${endpoints.grpcTls === 'none' ? '' : `   (certificates: ${endpoints.grpcTls})`}`,
    `PostgreSQL  ${endpoints.postgres}`,
    `queues      ${endpoints.queue}   (SQS protocol)`,
    `HTTP API    ${endpoints.api}/api`,
    `orders      ${endpoints.orders}   (described at /openapi.json)`,
    `realtime    ${endpoints.realtime}   (Socket.IO)`,
    `photos      ${endpoints.photos}   (a page to open)`,
    `lake        ${endpoints.lake}`,
    `log         ${logFile}`,
  ].join('\n');
}

/** Shows the status until the signal: repainted on a terminal, a line every five seconds elsewhere. */
async function watch(platform: Platform, json: boolean, signal: AbortSignal): Promise<void> {
  const live = process.stdout.isTTY && !json;
  let before = await platform.status();
  let painted = 0;
  while (!signal.aborted) {
    await sleep(live ? liveIntervalMs : lineIntervalMs, undefined, { signal }).catch(() => undefined);
    if (signal.aborted) return;
    const after = await platform.status().catch(() => before);
    const summary = summarise(before, after);
    before = after;
    if (json) process.stdout.write(`${JSON.stringify({ status: summary })}\n`);
    else if (live) painted = paint(statusView(summary), painted);
    else process.stdout.write(`${statusLine(summary)}\n`);
  }
}

/** Replaces the lines painted before. */
function paint(view: string, painted: number): number {
  const lines = view.split('\n');
  const up = painted > 0 ? `\x1b[${painted}A` : '';
  process.stdout.write(`${up}${lines.map((line) => `\x1b[2K${line}\n`).join('')}\x1b[0J`);
  return lines.length;
}
