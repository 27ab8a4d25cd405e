import { type Command, Option } from 'commander';
import { defaultSettings, grpcTlsKinds } from '../../local/platform/settings.ts';
import { port, wholeNumber } from '../number-option.ts';
import { type StartFlags, settingsOf } from './settings.ts';

const { ports } = defaultSettings;
const portFlag = (part: string) => `port of ${part}; 0 takes a free one`;

export function startCommand(program: Command): void {
  program
    .command('start')
    .description('Runs the bus on this machine until Ctrl-C; continues where the last start stopped.')
    .option('--data-dir <DIR>', 'folder of all state', defaultSettings.dataDir)
    .option('--host <ADDRESS>', 'address to listen on', defaultSettings.host)
    .option('--kafka-port <PORT>', portFlag('the Kafka broker'), port, ports.kafka)
    .option('--postgres-port <PORT>', 'port of PostgreSQL; the next free one when it is taken', port, ports.postgres)
    .option('--mqtt-port <PORT>', portFlag('MQTT'), port, ports.mqtt)
    .option('--mqtts-port <PORT>', portFlag('MQTT with client certificates'), port, ports.mqtts)
    .option('--grpc-port <PORT>', portFlag('gRPC'), port, ports.grpc)
    .addOption(new Option('--grpc-tls <SIDES>', 'certificates of gRPC').choices(grpcTlsKinds).default('none'))
    .option('--queue-port <PORT>', portFlag('the dead-letter queues, SQS protocol'), port, ports.queue)
    .option('--api-port <PORT>', 'port of the HTTP API; the next free one when it is taken', port, ports.api)
    .option(
      '--orders-port <PORT>',
      'port of the shop’s HTTP API; the next free one when it is taken',
      port,
      ports.orders,
    )
    .option(
      '--realtime-port <PORT>',
      'port of the realtime gateway; the next free one when it is taken',
      port,
      ports.realtime,
    )
    .option('--photos-port <PORT>', 'port of the photo example; the next free one when it is taken', port, ports.photos)
    .option('--kafka <HOST:PORT>', 'a Kafka cluster to use instead of the embedded broker')
    .option('--postgres <URL>', 'a PostgreSQL to use instead of the embedded one')
    .option('--redis <URL>', 'a Redis or Valkey that several realtime gateways share; also EVENT_BUS_REDIS_URL')
    .option('--partitions <N>', 'partitions a topic gets at most', wholeNumber(1, 1000), defaultSettings.maxPartitions)
    .option('--lake-seconds <N>', 'longest wait of a record for its Parquet file', wholeNumber(1, 900), 60)
    .option('--forget-positions', 'begin anew where positions in PostgreSQL lie beyond a replaced log')
    .option('--no-sample', 'no simulated devices')
    .option('--sample-rate <N>', 'readings a second of the simulated devices', wholeNumber(1, 100_000), 50)
    .option('--json', 'one JSON object a line instead of the live view')
    .addHelpText(
      'after',
      '\nExamples:\n  event-bus start --no-sample\n  event-bus start --kafka localhost:19092 --postgres postgres://me@localhost/bus',
    )
    .action(async (flags: StartFlags) => {
      const { runStart } = await import('./run-start.ts');
      process.exitCode = await runStart({ flags, settings: settingsOf(flags) });
    });
}
