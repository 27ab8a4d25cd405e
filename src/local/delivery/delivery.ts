import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { LakeColumn } from '../../catalogue/lake-columns.ts';
import type { LakeTransform } from '../../consumers/lake-transform/handler.ts';
import { AppError } from '../../core/errors/app-error.ts';
import { columnsOf } from './columns-of.ts';
import { type DeliveryLog, LastFailure } from './delivery-log.ts';
import { type DeliveryState, openDeliveryState } from './delivery-state.ts';
import { type FlushDeps, publish, stagingFolder } from './flush.ts';
import { FlushQueue } from './flush-queue.ts';
import { LogReading } from './log-reading.ts';
import { makeKafkaLogSource } from './log-source.kafka.ts';
import type { LogSource, PartitionPosition } from './log-source.ts';
import { makeParquetWriter, type ParquetWriter } from './parquet-writer.ts';
import { PositionReports } from './position-reports.ts';
import { Positions } from './positions.ts';
import { TopicBuffers } from './topic-buffers.ts';

export interface LakeDeliveryOptions {
  readonly bootstrapServers: string;
  readonly topics: readonly string[];
  /** The lake's folder; made when absent. */
  readonly directory: string;
  /** The function that Firehose calls on AWS. */
  readonly transform: LakeTransform;
  readonly log: DeliveryLog;
  /** When a topic's records are written: at so many bytes of rows, or when the oldest has waited so long. */
  readonly buffer?: { readonly maxBytes?: number; readonly maxMs?: number };
  /** @default `<directory>/delivery.sqlite` */
  readonly stateFile?: string;
  /** Columns of a topic's table. @default by the catalogue's subject */
  readonly columnsOf?: (topic: string) => readonly LakeColumn[];
  /** Consumer group under which positions are reported. @default 'lake-transform' */
  readonly group?: string;
  /** @default the Kafka protocol at `bootstrapServers` */
  readonly source?: LogSource;
}

export interface LakeDeliveryStatus {
  /** Records that are in files since the start. */
  readonly deliveredRecords: number;
  /** Records put below `bronze-errors` since the start. */
  readonly errorRecords: number;
  readonly files: number;
  readonly bufferedRecords: number;
  readonly bufferedBytes: number;
  readonly stalledPartitions: readonly PartitionPosition[];
  /** Why the last attempt to write or read failed; undefined when it worked. */
  readonly lastError: string | undefined;
}

export interface LakeDelivery {
  status(): LakeDeliveryStatus;
  /** Resolves when every record that the log has at the call is in a file. */
  flush(): Promise<void>;
  /** Writes what is buffered and stops. */
  close(): Promise<void>;
}

/**
 * Starts the delivery of topics to the lake: reads the log with its own positions, calls the transformation with the
 * event that Firehose would send, and writes Parquet files. Each record is in exactly one file, however often the
 * process is killed. Throws `EVENTBUS_LAKE_IN_USE` when another delivery has the lake.
 */
export async function startLakeDelivery(options: LakeDeliveryOptions): Promise<LakeDelivery> {
  const { directory } = options;
  mkdirSync(directory, { recursive: true });
  const state = openDeliveryState(options.stateFile ?? join(directory, 'delivery.sqlite'));
  let writer: ParquetWriter | undefined;
  try {
    publish(state.unpublished(), { directory, state });
    const staging = join(directory, stagingFolder);
    rmSync(staging, { recursive: true, force: true });
    mkdirSync(staging, { recursive: true });
    writer = await makeParquetWriter({ temporaryDirectory: join(staging, 'duckdb') });
    const committed = await committedPositions(state, writer, directory);
    const { bootstrapServers } = options;
    const source = options.source ?? makeKafkaLogSource({ bootstrapServers, clientId: 'lake-delivery' });
    return started(options, { state, writer, source, committed });
  } catch (error) {
    writer?.close();
    state.close();
    throw error;
  }
}

async function committedPositions(state: DeliveryState, writer: ParquetWriter, directory: string) {
  const remembered = state.positions();
  return remembered.length > 0 ? remembered : writer.positionsIn(directory);
}

interface DeliveryParts {
  readonly state: DeliveryState;
  readonly writer: ParquetWriter;
  readonly source: LogSource;
  readonly committed: readonly PartitionPosition[];
}

function started(options: LakeDeliveryOptions, { state, writer, source, committed }: DeliveryParts): LakeDelivery {
  const { directory, group = 'lake-transform', log, topics, transform } = options;
  const stop = new AbortController();
  const { signal } = stop;
  const failure = new LastFailure(log);
  const positions = new Positions(committed, state, log);
  const reports = new PositionReports({ source, group, signal });
  const flushes = new FlushQueue({
    deps: { directory, writer, state, ...staging(log) },
    failure,
    signal,
    onFlushed: (flushed) => reports.add(flushed),
  });
  const limits = options.buffer ?? {};
  const buffers = new TopicBuffers({ directory, columnsOf: options.columnsOf ?? columnsOf, limits, flushes });
  const reading = new LogReading({ source, topics, transform, positions, buffers, log, failure, signal });
  reports.add(committed);
  const loop = reading.run();
  return {
    status() {
      const { rows, errors, files } = flushes.sums;
      return {
        deliveredRecords: rows,
        errorRecords: errors,
        files,
        bufferedRecords: buffers.records,
        bufferedBytes: buffers.fillingBytes + buffers.waitingBytes,
        stalledPartitions: positions.stalled(),
        lastError: failure.message,
      };
    },
    async flush() {
      await reading.caughtUp();
      await flushes.settled();
    },
    async close() {
      stop.abort();
      await loop;
      buffers.flushAll();
      await flushes.settled();
      await reports.settled();
      await source.close().catch(() => {});
      writer.close();
      state.close();
      reading.close();
    },
  };
}

function staging(log: DeliveryLog): Pick<FlushDeps, 'nextNumber' | 'refused'> {
  let staged = 0;
  return {
    nextNumber: () => staged++,
    refused: (topic, reason) => {
      const error = new AppError('EVENTBUS_LAKE_ROW_REFUSED', `${topic}: ${reason}`);
      log.warn({ code: error.code, topic }, error.message);
    },
  };
}
