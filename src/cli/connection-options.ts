import { type Command, InvalidArgumentError } from 'commander';
import { environment } from '../catalogue/environment.ts';
import { AppError } from '../core/errors/app-error.ts';
import { connectionFromEnvironment, type KafkaConnection } from '../kafka/connection.ts';
import { endpointsFile, readEndpoints } from '../local/platform/endpoints.ts';
import { defaultSettings } from '../local/platform/settings.ts';

/** Flags of every verb that talks to a bus, as commander gives them. */
export interface ConnectionFlags {
  readonly dataDir: string;
  readonly kafka?: string;
  readonly json?: boolean;
}

const serversPattern = /^[^\s,:]+:\d{1,5}(,[^\s,:]+:\d{1,5})*$|^\[[^\]\s]+\]:\d{1,5}$/;

/** Parser of a flag that takes bootstrap servers. */
export function bootstrapServers(text: string): string {
  if (serversPattern.test(text)) return text;
  throw new InvalidArgumentError('Give HOST:PORT, or several with commas between.');
}

/** Flags of a verb that needs the database alone, as commander gives them. */
export interface DatabaseFlags {
  readonly dataDir: string;
  readonly postgres?: string;
  readonly json?: boolean;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** Adds the flags of {@link ConnectionFlags} to a verb. */
export function connectionOptions(verb: Command): Command {
  return dataDirOption(verb)
    .option(
      '--kafka <HOST:PORT>',
      `another Kafka cluster; ${environment.kafkaAuth} and its settings apply as for functions`,
      bootstrapServers,
    )
    .option('--json', 'JSON for programs instead of text for people');
}

/** Adds the flags of {@link DatabaseFlags} to a verb. */
export function databaseOptions(verb: Command): Command {
  return dataDirOption(verb)
    .option('--postgres <URL>', 'another PostgreSQL')
    .option('--json', 'JSON for programs instead of text for people');
}

function dataDirOption(verb: Command): Command {
  const what = 'folder of the bus on this machine, which tells where it is reached';
  return verb.option('--data-dir <DIR>', what, defaultSettings.dataDir);
}

/** A cluster and who named it. */
export interface KafkaTarget {
  readonly connection: KafkaConnection;
  /** `bus`: the bus on this machine; `named`: a flag or the environment. */
  readonly origin: 'bus' | 'named';
}

/** The cluster that a flag names, else the environment, else the bus whose state is below the data directory. */
export function kafkaTarget(flags: ConnectionFlags, env: Environment): KafkaTarget {
  const named = flags.kafka ?? env[environment.kafka];
  if (named !== undefined && named !== '') {
    return { connection: connectionFromEnvironment({ ...env, [environment.kafka]: named }), origin: 'named' };
  }
  return { connection: { bootstrapServers: readEndpoints(flags.dataDir).kafka }, origin: 'bus' };
}

/** Runs `work`; when the bus on this machine does not answer, the error says how to start it. */
export async function reaching<T>(target: KafkaTarget, dataDir: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const unreachable = error instanceof AppError && error.code === 'EVENTBUS_KAFKA_UNAVAILABLE';
    if (!unreachable || target.origin !== 'bus') throw error;
    const what = `Kafka does not answer at ${target.connection.bootstrapServers} (from ${endpointsFile(dataDir)}, or the default)`;
    throw new AppError('EVENTBUS_CLI_BUS_STOPPED', what, { cause: error });
  }
}
