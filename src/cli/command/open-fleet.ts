import { randomUUID } from 'node:crypto';
import { makeCodec } from '../../codec/codec.ts';
import { schemaIdsFromEnvironment } from '../../codec/schema-ids.ts';
import { makePublisher } from '../../kafka/publisher.ts';
import { type FleetDesk, makeFleetDesk } from '../../services/fleet/fleet-desk.ts';
import { withDatabase } from '../bus-database.ts';
import { kafkaTarget, reaching } from '../connection-options.ts';
import type { FleetFlags } from './command.ts';

/**
 * Runs `work` with the fleet of the bus that the flags name; nothing is connected before it is used.
 * @throws AppError EVENTBUS_CLI_BUS_STOPPED when the bus on this machine does not answer
 */
export function withFleet<T>(flags: FleetFlags, work: (desk: FleetDesk) => Promise<T>): Promise<T> {
  const target = kafkaTarget(flags, process.env);
  const codec = makeCodec(schemaIdsFromEnvironment(process.env));
  return withDatabase(flags, { applicationName: 'event-bus-fleet', max: 2 }, async (pool) => {
    const publisher = makePublisher({ connection: target.connection, codec, clientId: 'event-bus-fleet' });
    const desk = makeFleetDesk({ pool, publisher, newUuid: randomUUID, now: Date.now });
    try {
      return await reaching(target, flags.dataDir, () => work(desk));
    } finally {
      await publisher.close();
    }
  });
}
