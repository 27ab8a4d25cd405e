import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { catalogue } from '../../../src/catalogue/catalogue.ts';
import { type AuditReport, type AuditRow } from '../../../src/cli/audit/report.ts';
import { runAudit } from '../../../src/cli/audit/run-audit.ts';
import { derivedId } from '../../../src/codec/event-id.ts';
import { storeLetters } from '../../../src/consumers/dead-letter-processor/letter-table.ts';
import { subjectOf } from '../../../src/consumers/subject-of.ts';
import { letterKey } from '../../../src/core/dead-letters/dead-letter.ts';
import { startLakeDelivery } from '../../../src/local/delivery/delivery.ts';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../../../src/local/postgres/embedded-postgres.ts';
import { QueueStore } from '../../../src/local/queue/queue-store.ts';
import { makeFolderEventRouter } from '../../../src/ports/event-router/event-router.folder.ts';
import { migrate } from '../../../src/postgres/migrate.ts';
import { makePool, type Pool } from '../../../src/postgres/pool.ts';
import { codec, lakeTransform, noon } from '../../local/delivery/delivery-rig.ts';
import { type LogInMemory, makeLogInMemory } from '../../local/delivery/log-in-memory.ts';
import { deadLetter } from '../../make/dead-letters.ts';

export const raw = 'telemetry.raw.v1';
export const cleaned = 'vehicle.telemetry.v1';
const silent = () => {};
export const routed = 'alerts';
const topics = { [raw]: 2, [cleaned]: 2, 'sensor.raw': 1, 'sensor.cleaned': 1, [routed]: 1 };

/** A bus whose log, tables, lake and dead letters are filled by hand, so that each can be made wrong. */
export interface AuditRig {
  readonly log: LogInMemory;
  readonly pool: Pool;
  readonly lake: string;
  /** Publishes a raw record of so many readings, and all effects that it has when nothing goes wrong. */
  telemetry(id: string, readings: number, options?: { readonly without?: readonly number[] }): Promise<void>;
  /** Publishes a cleaned event, without effects. */
  cleanedEvent(id: string): void;
  /** Publishes an alert, without effects. */
  alert(id: string): void;
  /** Hands an alert to the event router. */
  route(id: string): Promise<void>;
  /** Moves stored and committed positions of all consumers to the ends, and delivers the log to the lake. */
  settle(): Promise<void>;
  /** Puts a letter into its consumer's queue. */
  deadLetter(consumer: string, topic: string, offset: number): void;
  /** Puts a letter into the table, as the processor does. */
  storedLetter(consumer: string, topic: string, offset: number): Promise<void>;
  /** `meanwhile` runs as soon as the audit has captured the ends of the log. */
  audit(meanwhile?: () => Promise<void>): Promise<AuditReport>;
  row(consumer: string, topic: string): Promise<AuditRow | undefined>;
  reset(): Promise<void>;
  end(): Promise<void>;
}

export async function makeAuditRig(): Promise<AuditRig> {
  const folder = mkdtempSync(join(tmpdir(), 'audit-'));
  const postgres: EmbeddedPostgres = await startEmbeddedPostgres({ dataDir: join(folder, 'postgres'), port: 0 });
  const pool = makePool(postgres.url);
  await migrate(pool);
  const queueFile = join(folder, 'queue.sqlite');
  const lake = join(folder, 'lake');
  const events = join(folder, 'events');
  let log = makeLogInMemory(topics);

  const publish = (topic: string, id: string, value: Buffer) => {
    const contentType = topic === raw ? 'application/json' : 'application/avro';
    const headers = {
      ce_specversion: '1.0',
      ce_id: id,
      ce_source: '/test',
      ce_type: 'test',
      'content-type': contentType,
    };
    log.append(topic, 0, [{ timestampMs: noon, key: Buffer.from('v1'), value, headers }]);
  };
  const cleanedEvent = (id: string) => {
    const value = { vehicleId: 'v1', vehicleType: 'car', time: noon, mode: 'DRIVE', fleet: 'fleet', receivedAt: noon };
    publish(cleaned, id, codec.encode('VehicleTelemetry', codec.parseJson('VehicleTelemetry', value)));
  };
  const audit = (meanwhile = async () => {}) =>
    runAudit({
      log: auditedLog(log, meanwhile),
      committed: async (consumer) => {
        const { rows } = await pool.query<{ topic: string; partition: number; position: number }>(
          'select topic, partition, position from consumer_position where consumer = $1',
          [consumer],
        );
        return rows;
      },
      consumers: catalogue.consumers,
      codec,
      subjectOf,
      pool,
      lake,
      events,
      deadLetters: queueFile,
    });
  return {
    get log() {
      return log;
    },
    pool,
    lake,
    cleanedEvent,
    alert: (id) => publish(routed, id, Buffer.from('an alert')),
    async route(id) {
      const detail = { id, data: {} };
      const event = { source: 'test', detailType: 'alert.raised', timeMs: noon, resources: [`${routed}/v1`], detail };
      await makeFolderEventRouter({ directory: events }).publish([event]);
    },
    async telemetry(id, readings, { without = [] } = {}) {
      const batch = {
        deviceId: 'v1',
        readings: Array.from({ length: readings }, () => ({ time: '2026-11-21T12:00:00Z' })),
      };
      publish(raw, id, Buffer.from(JSON.stringify(batch)));
      for (let index = 0; index < readings; index++) {
        if (without.includes(index)) continue;
        const eventId = derivedId(id, 'telemetry-cleaner', index);
        cleanedEvent(eventId);
        await pool.query(
          `insert into vehicle_reading (vehicle_id, time, event_id, mode, received_at, topic, partition, "offset")
           values ('v1', now(), $1, 'DRIVE', now(), $2, 0, 0)`,
          [eventId, cleaned],
        );
        await pool.query(
          `insert into window_applied (device_id, time, event_id, topic, partition, "offset") values ('v1', now(), $1, $2, 0, 0)`,
          [eventId, cleaned],
        );
      }
    },
    async settle() {
      for (const { name, topics: read } of catalogue.consumers) {
        for (const { topic, partition, end } of await log.bounds(read)) {
          await pool.query(
            `insert into consumer_position (consumer, topic, partition, position) values ($1, $2, $3, $4)
             on conflict (consumer, topic, partition) do update set position = excluded.position`,
            [name, topic, partition, end],
          );
        }
      }
      const delivery = await startLakeDelivery({
        bootstrapServers: 'unused:1',
        topics: Object.keys(topics),
        directory: lake,
        transform: lakeTransform,
        log: { info: silent, warn: silent, error: silent },
        source: log,
      });
      await delivery.flush();
      await delivery.close();
    },
    deadLetter(consumer, topic, offset) {
      const store = new QueueStore(queueFile);
      const body = JSON.stringify({ consumer, topic, partition: 0, offset, code: 'EVENTBUS_CODEC_MALFORMED' });
      store.send(`${consumer}-dead-letters`, [{ body, attributes: null, delaySeconds: 0 }], Date.now());
      store.close();
    },
    async storedLetter(consumer, topic, offset) {
      const letter = deadLetter(offset, { consumer, topic });
      await storeLetters(pool, [{ letter, payloadKey: letterKey(letter) }]);
    },
    audit,
    row: async (consumer, topic) =>
      (await audit()).rows.find((row) => row.consumer === consumer && row.topic === topic),
    async reset() {
      await pool.query(
        'truncate consumer_position, skipped_record, vehicle_reading, measurement, window_applied, dead_letter cascade',
      );
      for (const sink of [lake, events]) rmSync(sink, { recursive: true, force: true });
      rmSync(queueFile, { force: true });
      mkdirSync(lake);
      log = makeLogInMemory(topics);
    },
    async end() {
      await pool.end();
      await postgres.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** The log in memory as the audit reads one. */
function auditedLog(log: LogInMemory, meanwhile: () => Promise<void>) {
  let captures = 0;
  return {
    async bounds() {
      const ends = await log.bounds(Object.keys(topics));
      captures += 1;
      // Judged ends first, then the ends of what counts as an effect.
      if (captures === 2) await meanwhile();
      return ends;
    },
    async *read(topic: string, bounds: readonly { readonly partition: number }[]) {
      for (const { partition } of bounds) {
        yield log.written(topic, partition).map((record) => ({
          ...record,
          topic,
          partition,
          headers: Object.entries(record.headers).map(([name, value]) => [name, Buffer.from(value)] as const),
        }));
      }
    },
  };
}
