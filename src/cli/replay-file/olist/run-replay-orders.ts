import { makeCodec } from '../../../codec/codec.ts';
import { schemaIdsFromEnvironment } from '../../../codec/schema-ids.ts';
import { makeAdmin } from '../../../kafka/admin.ts';
import type { KafkaConnection } from '../../../kafka/connection.ts';
import { makePublisher } from '../../../kafka/publisher.ts';
import { kafkaTarget, reaching } from '../../connection-options.ts';
import { exitCodes } from '../../exit-codes.ts';
import { watchInterruption } from '../../terminal/interruption.ts';
import { makeProgress } from '../../terminal/progress.ts';
import type { ReplayFlags } from '../command.ts';
import { type OrderReplaySummary, replayOrders } from './replay-orders.ts';

/** Replays a recorded shop through the Kafka publisher, as its services would; answers the exit code. */
export async function runReplayOrders(file: string, flags: ReplayFlags): Promise<number> {
  const target = kafkaTarget(
    { dataDir: flags.dataDir, ...(flags.target === undefined ? {} : { kafka: flags.target }) },
    process.env,
  );
  const interruption = watchInterruption();
  const publisher = makePublisher({
    connection: target.connection,
    codec: makeCodec(schemaIdsFromEnvironment(process.env)),
    clientId: 'event-bus-replay-file',
    deliveryTimeoutMs: flags.outage * 1000,
  });
  let progress: ReturnType<typeof makeProgress> | undefined;
  try {
    const summary = await reaching(target, flags.dataDir, async () => {
      await requireCluster(target.connection);
      return replayOrders({
        file,
        publisher,
        speed: flags.speed,
        signal: interruption.signal,
        onProgress: (published, total) => {
          progress ??= makeProgress({
            label: 'replaying olist',
            total,
            stream: process.stderr,
            now: () => performance.now(),
          });
          progress.update(published);
        },
      });
    });
    progress?.end();
    progress = undefined;
    process.stdout.write(flags.json === true ? `${JSON.stringify(summary)}\n` : orderSummaryText(summary));
    if (summary.interrupted) return exitCodes.interrupted;
    return summary.badRows > 0 ? exitCodes.finding : exitCodes.ok;
  } finally {
    progress?.end();
    interruption.end();
    await publisher.close();
  }
}

/** A bus that is away at the start is not waited for, as one is that goes away in between. */
async function requireCluster(connection: KafkaConnection): Promise<void> {
  const admin = makeAdmin({ connection });
  try {
    await admin.topicNames();
  } finally {
    await admin.close();
  }
}

/** The summary for people. */
export function orderSummaryText(summary: OrderReplaySummary): string {
  const { oddities } = summary;
  const seconds = summary.elapsedMs / 1000;
  const rate = seconds > 0 ? Math.round(summary.published / seconds) : 0;
  const lines = [
    `${summary.file} as olist${summary.interrupted ? ', interrupted' : ''}`,
    `  rows read       ${number(summary.rows)} of orders, items and payments`,
    `  orders          ${number(summary.orders)}: ${listed(summary.statuses)}`,
    `  published       ${number(summary.published)} of ${number(summary.events)} events in ${seconds.toFixed(1)} s (${number(rate)}/s)`,
    `                  ${listed(summary.eventTypes)}`,
    `  as recorded     ${number(oddities.handedOverBeforeApproval)} handed over before the approval, ${number(oddities.ordersWithoutLines)} orders without a line`,
    `  without a time  ${number(oddities.paymentsWithoutApproval)} payments of orders that were never approved: no event tells of them`,
  ];
  if (summary.badRows > 0) {
    lines.push(`  rows that could not be read: ${number(summary.badRows)}`);
    for (const { file, line, reason } of summary.firstBadRows.slice(0, 5))
      lines.push(`    ${file} line ${line}: ${reason}`);
  }
  return `${lines.join('\n')}\n`;
}

function listed(counts: Readonly<Record<string, number>>): string {
  return Object.entries(counts)
    .map(([name, count]) => `${name} ${number(count)}`)
    .join(', ');
}

function number(value: number): string {
  return value.toLocaleString('en-US');
}
