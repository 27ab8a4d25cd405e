import { makeCodec } from '../../src/codec/codec.ts';
import { readTopic } from '../../src/kafka/reader.ts';
import type { Bus } from '../e2e/bus.ts';

/**
 * Vehicles whose cleaned readings do not stand in the order they were sent in. A second copy of an event, as a crash
 * between publishing and committing leaves behind, counts at its first place.
 */
export async function disorderedVehicles(bus: Bus): Promise<readonly string[]> {
  const codec = makeCodec();
  const topic = 'vehicle.telemetry.v1';
  const last = new Map<string, number>();
  const seen = new Set<string>();
  const disordered = new Set<string>();
  for await (const records of readTopic({ connection: { bootstrapServers: bus.endpoints.kafka }, topic })) {
    for (const { value, headers } of records) {
      const id = headers.find(([name]) => name === 'ce_id')?.[1]?.toString() ?? '';
      if (value === null || seen.has(id)) continue;
      seen.add(id);
      const { vehicleId, sequence } = codec.decodeRecord('VehicleTelemetry', undefined, value).value;
      if (sequence === null) continue;
      if (sequence <= (last.get(vehicleId) ?? -1)) disordered.add(vehicleId);
      last.set(vehicleId, sequence);
    }
  }
  return [...disordered];
}

/** Vehicles whose cleaned readings do not stand in the order of the log, copies aside: theirs may be any order. */
export async function reorderedDevices(bus: Bus): Promise<readonly string[]> {
  const [raw, cleaned] = await Promise.all([
    firstSeen(bus, 'telemetry.raw.v1'),
    firstSeen(bus, 'vehicle.telemetry.v1'),
  ]);
  return [...raw].flatMap(([vehicle, sequences]) => {
    const found = cleaned.get(vehicle) ?? [];
    return sequences.join() === found.join() ? [] : [vehicle];
  });
}

/** The sequence numbers of each vehicle in the order in which a topic first has them. */
async function firstSeen(bus: Bus, topic: 'telemetry.raw.v1' | 'vehicle.telemetry.v1') {
  const codec = makeCodec();
  const seen = new Map<string, Set<number>>();
  for await (const records of readTopic({ connection: { bootstrapServers: bus.endpoints.kafka }, topic })) {
    for (const { value, headers } of records) {
      if (value === null) continue;
      const contentType = headers.find(([name]) => name === 'content-type')?.[1]?.toString();
      for (const [vehicle, sequence] of readingsIn(codec, { topic, contentType, value })) {
        if (sequence === null) continue;
        seen.set(vehicle, (seen.get(vehicle) ?? new Set()).add(sequence));
      }
    }
  }
  return new Map([...seen].map(([vehicle, sequences]) => [vehicle, [...sequences]]));
}

interface RecordOfTopic {
  readonly topic: 'telemetry.raw.v1' | 'vehicle.telemetry.v1';
  readonly contentType: string | undefined;
  readonly value: Buffer;
}

function readingsIn(codec: ReturnType<typeof makeCodec>, { topic, contentType, value }: RecordOfTopic) {
  if (topic === 'vehicle.telemetry.v1') {
    const { vehicleId, sequence } = codec.decodeRecord('VehicleTelemetry', contentType, value).value;
    return [[vehicleId, sequence]] as const;
  }
  const { deviceId, readings } = codec.decodeRecord('TelemetryBatch', contentType, value).value;
  return readings.map(({ sequence }) => [deviceId, sequence] as const);
}
