import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { topicNamed } from '../../../src/catalogue/lookup.ts';
import { makeCodec } from '../../../src/codec/codec.ts';
import { makeLakeTransform } from '../../../src/consumers/lake-transform/handler.ts';
import {
  type LakeDelivery,
  type LakeDeliveryOptions,
  startLakeDelivery,
} from '../../../src/local/delivery/delivery.ts';
import { type LogInMemory, makeLogInMemory, type TestRecord } from './log-in-memory.ts';

export const codec = makeCodec();
export const lakeTransform = makeLakeTransform({ codec, subjectOf: (topic) => topicNamed(topic)?.subject });
export const noon = Date.UTC(2026, 10, 21, 12, 30);

/** A lake in a new folder, a log in memory, and deliveries between them. */
export interface DeliveryRig {
  readonly lake: string;
  readonly log: LogInMemory;
  /** Fields of everything the deliveries logged. */
  readonly messages: readonly { readonly code?: string }[];
  start(options?: Partial<LakeDeliveryOptions>): Promise<LakeDelivery>;
  /** Closes the delivery that was started last. */
  stop(): Promise<void>;
  end(): Promise<void>;
}

export function makeDeliveryRig(): DeliveryRig {
  const lake = mkdtempSync(join(tmpdir(), 'lake-'));
  const log = makeLogInMemory({ 'vehicle.state.v1': 2, 'telemetry.raw.v1': 1, 'test.events.v1': 1 });
  const messages: { code?: string }[] = [];
  const running: LakeDelivery[] = [];
  const note = (fields: object) => void messages.push(fields);
  return {
    lake,
    log,
    messages,
    async start(options) {
      const delivery = await startLakeDelivery({
        bootstrapServers: 'unused:1',
        topics: ['vehicle.state.v1', 'telemetry.raw.v1', 'test.events.v1'],
        directory: lake,
        transform: lakeTransform,
        log: { info: note, warn: note, error: note },
        source: log,
        ...options,
      });
      running.push(delivery);
      return delivery;
    },
    async stop() {
      await running.pop()?.close();
    },
    async end() {
      for (const delivery of running.splice(0)) await delivery.close();
      rmSync(lake, { recursive: true, force: true });
    },
  };
}

export function vehicleState(vehicleId: string, time: number): Buffer {
  return codec.encode('VehicleState', {
    vehicleId,
    vehicleType: 'car',
    time,
    status: 'MOVING',
    latitude: 34.01,
    longitude: null,
    speedKmh: 42.5,
    batteryPercent: 80,
    tripId: null,
    city: 'Rabat',
  });
}

/** So many records of vehicle states at noon. */
export function states(count: number): readonly Partial<TestRecord>[] {
  const value = vehicleState('v', noon);
  return Array.from({ length: count }, () => ({ timestampMs: noon, value }));
}

/** Waits for a condition that other code brings about. */
export async function until(done: () => boolean): Promise<void> {
  for (const deadline = Date.now() + 20_000; !done(); ) {
    if (Date.now() > deadline) throw new Error(`not so within 20 s: ${done.toString()}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
