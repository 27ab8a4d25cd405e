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
