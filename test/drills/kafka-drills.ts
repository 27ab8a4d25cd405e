import { join } from 'node:path';
import { startEmbeddedKafka } from '../../src/local/kafka/start.ts';
import type { Drill, DrillContext, DrillResult, Length } from './drill.ts';
import { type Fault, FaultyProxy } from './faulty-proxy.ts';
import { troubled } from './troubled.ts';

const host = '127.0.0.1';

/** Runs a bus whose Kafka broker sits behind a proxy; every client of the broker goes through it. */
async function behindProxy(context: DrillContext, fault: Fault, longMs: number): Promise<DrillResult> {
  const proxy = await FaultyProxy.start({ host, port: 0 });
  const advertised = { host, port: proxy.port };
  const kafka = await startEmbeddedKafka({ dataDir: join(context.folder, 'kafka'), port: 0, advertised });
  proxy.forwardTo({ host, port: kafka.port });
  context.cleanUp(async () => {
    await proxy.close();
    await kafka.close();
  });
  const bus = await context.startBus({ engines: { kafka: `${host}:${proxy.port}` } });
  const forMs = context.length === 'long' ? longMs : longMs / 3;
  return troubled(context, { name: 'Kafka', proxy, bus }, { fault, forMs, readingsPerSecond: 500 });
}

const lengths: readonly Length[] = ['medium', 'long'];

export const kafkaDrills: readonly Drill[] = [
  {
    name: 'kafka-away',
    title: 'the Kafka broker is away under load',
    lengths,
    run: (context) => behindProxy(context, { kind: 'away' }, 90_000),
  },
  {
    name: 'kafka-silent',
    title: 'the Kafka broker takes requests and does not answer',
    lengths,
    run: (context) => behindProxy(context, { kind: 'silent' }, 90_000),
  },
  {
    name: 'kafka-slow',
    title: 'every answer of the Kafka broker takes 300 ms longer',
    lengths,
    run: (context) => behindProxy(context, { kind: 'slow', delayMs: 300 }, 60_000),
  },
  {
    name: 'kafka-cutting',
    title: 'the Kafka broker cuts the connection at every third request',
    lengths,
    run: (context) => behindProxy(context, { kind: 'cutting', everyRequests: 3 }, 60_000),
  },
  {
    name: 'kafka-refusing',
    title: 'the Kafka broker refuses every third connection, and all have to be made anew',
    lengths,
    run: (context) => behindProxy(context, { kind: 'refusing', everyConnections: 3 }, 60_000),
  },
];
