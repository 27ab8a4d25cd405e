import { randomUUID } from 'node:crypto';
import { makeCodec } from '../../codec/codec.ts';
import { schemaIdsFromEnvironment } from '../../codec/schema-ids.ts';
import { AppError } from '../../core/errors/app-error.ts';
import { type EventPublisher, makePublisher } from '../../kafka/publisher.ts';
import { endpointsFile } from '../../local/platform/endpoints.ts';
import { makePool } from '../../postgres/pool.ts';
import { type FleetDesk, makeFleetDesk } from '../../services/fleet/fleet-desk.ts';
import { kafkaTarget, reaching } from '../connection-options.ts';
import { databaseUrl } from '../dlq/open-desk.ts';
import type { FleetFlags } from './command.ts';

/**
 * Runs `work` with the fleet of the bus that the flags name; nothing is connected before it is used.
 * @throws AppError EVENTBUS_CLI_BUS_STOPPED when the bus on this machine does not answer
 */
export async function withFleet<T>(flags: FleetFlags, work: (desk: FleetDesk) => Promise<T>): Promise<T> {
  const target = kafkaTarget(flags, process.env);
  const database = databaseUrl(flags);
  const codec = makeCodec(schemaIdsFromEnvironment(process.env));
  const pool = makePool(database.url, { applicationName: 'event-bus-fleet', max: 2 });
  let publisher: EventPublisher | undefined;
  const publish: EventPublisher['publish'] = (events) => {
    publisher ??= makePublisher({ connection: target.connection, codec, clientId: 'event-bus-fleet' });
    return publisher.publish(events);
  };
  const desk = makeFleetDesk({ pool, publisher: { publish }, newUuid: randomUUID, now: Date.now });
  try {
    return await reaching(target, flags.dataDir, () => work(desk));
  } catch (error) {
    const away = error instanceof AppError && error.code === 'EVENTBUS_POSTGRES_UNAVAILABLE';
    if (!away || database.named) throw error;
    const what = `PostgreSQL does not answer at ${database.url} (from ${endpointsFile(flags.dataDir)}, or the default)`;
    throw new AppError('EVENTBUS_CLI_BUS_STOPPED', what, { cause: error });
  } finally {
    await publisher?.close();
    await pool.end();
  }
}
