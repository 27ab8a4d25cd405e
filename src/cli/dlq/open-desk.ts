import { hostname, userInfo } from 'node:os';
import { pathToFileURL } from 'node:url';
import { environment } from '../../catalogue/environment.ts';
import { makeCodec } from '../../codec/codec.ts';
import { schemaIdsFromEnvironment } from '../../codec/schema-ids.ts';
import { AppError } from '../../core/errors/app-error.ts';
import { type EventPublisher, makePublisher } from '../../kafka/publisher.ts';
import { endpointsFile, readEndpoints } from '../../local/platform/endpoints.ts';
import { folders } from '../../local/platform/settings.ts';
import { objectStoreFromUrl } from '../../ports/object-store/object-store.from-url.ts';
import { makePool } from '../../postgres/pool.ts';
import { type DeadLetterDesk, makeDeadLetterDesk } from '../../services/dead-letters/dead-letter-desk.ts';
import { makeRedriveLog } from '../../services/dead-letters/log-facts.ts';
import { type ConnectionFlags, kafkaTarget, reaching } from '../connection-options.ts';

/** Flags of every verb of `event-bus dlq`, as commander gives them. */
export interface DeskFlags extends ConnectionFlags {
  readonly postgres?: string;
  readonly objects?: string;
}

/**
 * Runs `work` with the desk of the bus that the flags name; nothing is connected before it is used.
 * @throws AppError EVENTBUS_CLI_BUS_STOPPED when the bus on this machine does not answer
 */
export async function withDesk<T>(flags: DeskFlags, work: (desk: DeadLetterDesk) => Promise<T>): Promise<T> {
  const target = kafkaTarget(flags, process.env);
  const database = databaseUrl(flags);
  const codec = makeCodec(schemaIdsFromEnvironment(process.env));
  const pool = makePool(database.url, { applicationName: 'event-bus-dlq', max: 4 });
  let publisher: EventPublisher | undefined;
  const desk = makeDeadLetterDesk({
    pool,
    codec,
    objects: objectStoreFromUrl(objectsUrl(flags)),
    log: makeRedriveLog(target.connection),
    publisher: {
      send: (records) => {
        publisher ??= makePublisher({ connection: target.connection, codec, clientId: 'event-bus-dlq' });
        return publisher.send(records);
      },
    },
  });
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

/** The database that a flag names, else the environment, else that of the bus on this machine. */
export function databaseUrl(flags: Pick<DeskFlags, 'postgres' | 'dataDir'>) {
  const named = flags.postgres ?? process.env[environment.databaseUrl];
  const url = named ?? readEndpoints(flags.dataDir).postgres;
  return { url, named: named !== undefined };
}

function objectsUrl({ objects, dataDir }: DeskFlags): string {
  return objects ?? process.env[environment.objects] ?? pathToFileURL(folders(dataDir).objects).href;
}

/** Who works at this terminal, for the audit trail. */
export function actor(): string {
  try {
    return `${userInfo().username}@${hostname()}`;
  } catch {
    // An account without a name, as in some containers.
    return `uid ${process.getuid?.() ?? 'unknown'}@${hostname()}`;
  }
}
