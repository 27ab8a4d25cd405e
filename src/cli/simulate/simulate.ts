import { setTimeout as delay } from 'node:timers/promises';
import { AppError } from '../../core/errors/app-error.ts';
import type { DeviceLink, LinkCounts, LinkOptions } from '../devices/device-link.ts';
import type { DeviceMessage } from '../devices/device-message.ts';
import { openLink, type Via } from '../devices/open-link.ts';
import { makeDevices, type Population, type SimulatedDevice } from './simulated-devices.ts';

export interface SimulateOptions extends LinkOptions, Partial<Population> {
  readonly via: Via;
  /** Readings a second of all devices together. */
  readonly rate: number;
  /** Ends the simulation; without it and without a duration it runs for ever. */
  readonly signal?: AbortSignal;
  readonly durationSeconds?: number;
  /** Told about every half second. */
  readonly onProgress?: (progress: SimulationProgress) => void;
}

export interface SimulationProgress extends LinkCounts {
  readonly elapsedMs: number;
}

export interface SimulationSummary extends SimulationProgress {
  readonly via: Via;
  readonly devices: number;
  readonly seed: number;
  /** Acknowledged readings a second. */
  readonly achievedRate: number;
  /** Seconds that were left out because the bus took readings more slowly than they were due. */
  readonly behindSeconds: number;
}

/** Fifty devices of three kinds: enough that something happens in every minute. */
export const defaultPopulation: Population = { vehicles: 12, scooters: 28, turbines: 10, batch: 1, seed: 1 };

/**
 * Simulated devices that send at a steady rate until the signal or the end of the duration. When the bus takes less,
 * they send what it takes and leave the rest out.
 * @throws AppError of the area DEVICE
 */
export async function simulate(options: SimulateOptions): Promise<SimulationSummary> {
  const population = populationOf(options);
  const devices = makeDevices(population);
  if (devices.length === 0)
    throw new AppError('EVENTBUS_DEVICE_POPULATION_EMPTY', 'vehicles, scooters and turbines are 0');
  const link = await openLink(options.via, { window: Math.max(256, devices.length), ...options });
  const startedMs = performance.now();
  const progress = (): SimulationProgress => ({ ...link.counts(), elapsedMs: performance.now() - startedMs });
  const timer = setInterval(() => options.onProgress?.(progress()), 500);
  const signal = endSignal(options);
  try {
    const behindSeconds = await keepSending(devices, { link, rate: options.rate, signal });
    await Promise.race([link.drained(), delay(lastWaitMs, undefined, { ref: false })]);
    const end = progress();
    options.onProgress?.(end);
    const achievedRate = end.acknowledged / Math.max(0.001, end.elapsedMs / 1000);
    return { ...end, via: options.via, devices: devices.length, seed: population.seed, achievedRate, behindSeconds };
  } finally {
    clearInterval(timer);
    await link.close();
  }
}

/** How long the end waits for the last acknowledgements, ms. */
const lastWaitMs = 5000;

function populationOf(given: Partial<Population>): Population {
  const { vehicles, scooters, turbines, batch, seed } = defaultPopulation;
  return {
    vehicles: given.vehicles ?? vehicles,
    scooters: given.scooters ?? scooters,
    turbines: given.turbines ?? turbines,
    batch: given.batch ?? batch,
    seed: given.seed ?? seed,
  };
}

function endSignal({ signal, durationSeconds }: SimulateOptions): AbortSignal {
  const ends: AbortSignal[] = [];
  if (signal !== undefined) ends.push(signal);
  if (durationSeconds !== undefined) ends.push(AbortSignal.timeout(durationSeconds * 1000));
  return AbortSignal.any(ends);
}

interface Sending {
  readonly link: DeviceLink;
  readonly rate: number;
  readonly signal: AbortSignal;
}

/** Shortest pause between two rounds: timers are no finer. */
const roundMs = 10;
/** Later than this the schedule is moved instead of being caught up with. */
const latestMs = 2000;

/** Each device in turn, at even distances over the cycle; answers how many seconds were left out. */
async function keepSending(devices: readonly SimulatedDevice[], { link, rate, signal }: Sending): Promise<number> {
  const cycleReadings = devices.reduce((sum, { readings }) => sum + readings, 0);
  const cycleSeconds = cycleReadings / rate;
  // Wall time at the start, and a clock that never jumps from there on.
  const wallMs = Date.now() - performance.now();
  const aborted = new Promise<void>((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
  let dueMs = performance.now();
  let behindMs = 0;
  let turn = 0;
  while (!signal.aborted) {
    const messages: DeviceMessage[] = [];
    while (dueMs <= performance.now() && messages.length < 1000) {
      const device = devices[turn % devices.length];
      if (device === undefined) break;
      messages.push(device.next(Math.round(wallMs + dueMs), cycleSeconds));
      turn += 1;
      dueMs += (device.readings / rate) * 1000;
    }
    if (messages.length > 0) await Promise.race([link.send(messages), aborted]);
    const lateMs = performance.now() - dueMs;
    if (lateMs > latestMs) {
      behindMs += lateMs;
      dueMs = performance.now();
    }
    await delay(Math.max(roundMs, dueMs - performance.now()), undefined, { signal }).catch(() => undefined);
  }
  return behindMs / 1000;
}
