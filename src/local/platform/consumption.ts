import type { Logger } from 'pino';
import { catalogue } from '../../catalogue/catalogue.ts';
import { deadLetterQueueName, queueConsumers } from '../../catalogue/queue-consumers.ts';
import { fleetClock, scheduledFunctions } from '../../catalogue/scheduled-functions.ts';
import { makeCodec } from '../../codec/codec.ts';
import { clockIsWanted } from '../../consumers/fleet-clock/clock-is-wanted.ts';
import { makePublisher } from '../../kafka/publisher.ts';
import { makePool } from '../../postgres/pool.ts';
import { sweepIsWanted } from '../../services/orders/order-sweep.ts';
import { startEventSources } from '../event-source/event-sources.ts';
import type { FailureSinks } from '../event-source/failure-destination.ts';
import type { FunctionHandle } from '../functions/function-host.ts';
import { type Invocable, startLambdaApi } from '../lambda-api/lambda-api.ts';
import { sqsCalls } from '../queue-source/sqs-call.ts';
import { startSchedules } from '../schedule/schedules.ts';
import { type DeadLetters, startDeadLetters } from './dead-letters.ts';
import type { Engines } from './engines.ts';
import { makeFunctions } from './functions.ts';
import type { Ledger } from './ledger.ts';
import { folders, type PlatformSettings } from './settings.ts';
import type { Started } from './started.ts';

export interface ConsumptionOptions {
  readonly engines: Engines;
  readonly settings: PlatformSettings;
  readonly log: Logger;
  readonly ledger: Ledger;
}

/** Starts the functions and what calls them: queues, Lambda's API, the topics' event sources. */
export async function startConsumption({ engines, settings, log, ledger }: ConsumptionOptions, started: Started) {
  const consumers = catalogue.consumers.filter(({ sinks }) => !(sinks as readonly string[]).includes('lake'));
  const functions = makeFunctions({
    consumers: [...consumers, ...queueConsumers, ...scheduledFunctions],
    engines,
    folders: folders(settings.dataDir),
    log,
    onMetrics: (counts) => ledger.add(counts),
  });
  started.add('functions', { close: () => closeAll(functions.values()) });
  const deadLetters = started.add('dead letters', await startDeadLetters({ engines, functions, settings, log }));
  const lambdaApi = started.add(
    'lambda api',
    await startLambdaApi({ functions: invocable(functions), host: settings.host }),
  );
  const sources = started.add(
    'event sources',
    startEventSources({
      bootstrapServers: engines.kafka,
      consumers,
      functions,
      failureSinks: failureSinks(engines, deadLetters, started),
      log: log.child({ part: 'event-source' }),
    }),
  );
  scheduleSweeps({ engines, log }, functions, started);
  return { sources, lambdaUrl: lambdaApi.url };
}

/** The clock's functions, called when a look into the database shows work for them. */
function scheduleSweeps(
  { engines, log }: Pick<ConsumptionOptions, 'engines' | 'log'>,
  targets: ReadonlyMap<string, FunctionHandle>,
  started: Started,
): void {
  const pool = makePool(engines.postgres, { applicationName: 'event-bus-schedules', max: 1 });
  started.add('look into the database', { close: () => pool.end() });
  const isWanted = (name: string) =>
    name === fleetClock ? clockIsWanted(pool, Date.now()) : sweepIsWanted(pool, Date.now());
  const options = { functions: scheduledFunctions, targets, isWanted, log: log.child({ part: 'schedules' }) };
  started.add('schedules', startSchedules(options));
}

/** Where mappings leave what they give up: the consumers' queues, the bucket that becomes letters, topics. */
function failureSinks(engines: Engines, { objects }: DeadLetters, started: Started): FailureSinks {
  const call = sqsCalls(engines.queue.url);
  const connection = { bootstrapServers: engines.kafka };
  let publisher: ReturnType<typeof makePublisher> | undefined;
  const opened = () =>
    (publisher ??= started.add(
      'publisher of failed records',
      makePublisher({ connection, codec: makeCodec(), clientId: 'event-source' }),
    ));
  return {
    sendMessage: async (consumer, body) => {
      const QueueUrl = engines.queue.queueUrl(deadLetterQueueName(consumer));
      await call('SendMessage', { QueueUrl, MessageBody: body });
    },
    objects,
    publisher: { send: (records) => opened().send(records) },
  };
}

function invocable(functions: ReadonlyMap<string, FunctionHandle>): ReadonlyMap<string, Invocable> {
  return new Map(
    [...functions].map(([name, handle]) => [name, (value: unknown) => handle.invoke({ kind: 'json', value })]),
  );
}

async function closeAll(functions: Iterable<FunctionHandle>): Promise<void> {
  await Promise.all([...functions].map((handle) => handle.close()));
}
