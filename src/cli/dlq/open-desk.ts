import { hostname, userInfo } from 'node:os';
import { pathToFileURL } from 'node:url';
import { environment } from '../../catalogue/environment.ts';
import { makeCodec } from '../../codec/codec.ts';
import { schemaIdsFromEnvironment } from '../../codec/schema-ids.ts';
import { makePublisher } from '../../kafka/publisher.ts';
import { folders } from '../../local/platform/settings.ts';
import { objectStoreFromUrl } from '../../ports/object-store/object-store.from-url.ts';
import { type DeadLetterDesk, makeDeadLetterDesk } from '../../services/dead-letters/dead-letter-desk.ts';
import { makeRedriveLog } from '../../services/dead-letters/log-facts.ts';
import { withDatabase } from '../bus-database.ts';
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
export function withDesk<T>(flags: DeskFlags, work: (desk: DeadLetterDesk) => Promise<T>): Promise<T> {
  const target = kafkaTarget(flags, process.env);
  const { connection } = target;
  const codec = makeCodec(schemaIdsFromEnvironment(process.env));
  return withDatabase(flags, { applicationName: 'event-bus-dlq', max: 4 }, async (pool) => {
    const publisher = makePublisher({ connection, codec, clientId: 'event-bus-dlq' });
    const objects = objectStoreFromUrl(objectsUrl(flags));
    const desk = makeDeadLetterDesk({ pool, codec, objects, log: makeRedriveLog(connection), publisher });
    try {
      return await reaching(target, flags.dataDir, () => work(desk));
    } finally {
      await publisher.close();
    }
  });
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
