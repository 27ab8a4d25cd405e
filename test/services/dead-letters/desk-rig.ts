import { makeCodec } from '../../../src/codec/codec.ts';
import { letterGroupOf, letterIdOf } from '../../../src/codec/letter-ids.ts';
import { type DeadLetter, letterKey } from '../../../src/core/dead-letters/dead-letter.ts';
import { normalisedMessage } from '../../../src/core/dead-letters/fingerprint.ts';
import type { AnyOutgoingRecord } from '../../../src/kafka/outgoing.ts';
import type { RawRecord } from '../../../src/kafka/record-decoding.ts';
import { type DeadLetterDesk, makeDeadLetterDesk } from '../../../src/services/dead-letters/dead-letter-desk.ts';
import type { RedriveRequest } from '../../../src/services/dead-letters/redrive-request.ts';
import { embeddedDatabase } from '../../make/postgres.ts';

export const topic = 'vehicle.telemetry.v1';
export const codec = makeCodec();

/** A desk over a database of its own, with log, object store and publisher in memory. */
export interface DeskRig {
  readonly desk: DeadLetterDesk;
  readonly pool: Awaited<ReturnType<typeof embeddedDatabase>>['pool'];
  readonly objects: Map<string, Buffer>;
  /** Records that were sent, in order. */
  readonly sent: AnyOutgoingRecord[];
  /** What the log holds behind the letters. */
  readonly log: RawRecord[];
  /** Called with every chunk before it counts as sent. */
  onSend: (records: readonly AnyOutgoingRecord[]) => Promise<void>;
  /** First offset of every partition. */
  logStart: number;
  add(letter: Partial<DeadLetter> & { readonly offset: number }, row?: LetterFields): Promise<string>;
  reset(): Promise<void>;
  close(): Promise<void>;
}

export interface LetterFields {
  readonly redrives?: number;
  readonly origin?: string;
}

/** Avro of a vehicle's reading. */
export function vehicleValue(fields: Readonly<Record<string, unknown>> = {}): Buffer {
  const reading = { vehicleId: 'van-7', vehicleType: 'van', time: 1_700_000_000_000, mode: 'DRIVE', fleet: 'fleet' };
  const value = codec.parseJson('VehicleTelemetry', { ...reading, receivedAt: 1_700_000_000_500, ...fields });
  return codec.encode('VehicleTelemetry', value);
}

const base64 = (bytes: Buffer | string) => Buffer.from(bytes).toString('base64');

export function letterOf({ offset, ...fields }: Partial<DeadLetter> & { readonly offset: number }): DeadLetter {
  const failedAt = new Date(1_700_000_000_000 + offset * 1000).toISOString();
  return {
    consumer: 'window-aggregator',
    topic,
    partition: 0,
    offset,
    timestampMs: 1_700_000_000_000 + offset,
    key: base64('van-7'),
    value: base64(vehicleValue()),
    headers: Object.entries({
      ce_specversion: '1.0',
      ce_id: `event-${offset}`,
      ce_source: '/telemetry-cleaner',
      ce_type: 'vehicle.telemetry.cleaned',
      'content-type': 'application/avro',
    }).map(([name, value]) => ({ name, value: base64(value) })),
    eventId: `event-${offset}`,
    schemaVersion: 'VehicleTelemetry/v1',
    code: 'EVENTBUS_POSTGRES_DATA_REJECTED',
    message: `time ${offset} ms lies outside the years 1715 to 2285`,
    stack: 'AppError: PostgreSQL rejected the values\n    at timestamptzArray (binary-array.ts:100)',
    attempts: 1,
    firstFailedAt: failedAt,
    lastFailedAt: failedAt,
    handlerVersion: '7',
    source: 'consumer',
    ...fields,
  };
}

export async function makeDeskRig(): Promise<DeskRig> {
  const database = await embeddedDatabase();
  const { pool } = database;
  const objects = new Map<string, Buffer>();
  const rig: DeskRig = {
    pool,
    objects,
    sent: [],
    log: [],
    logStart: 0,
    onSend: async () => {},
    desk: makeDeadLetterDesk({
      pool,
      codec,
      objects: {
        get: async (key) => objects.get(key) ?? null,
        put: async (key, bytes) => void objects.set(key, Buffer.from(bytes)),
      },
      log: {
        starts: async () => [0, 1, 2, 3].map((partition) => ({ partition, start: rig.logStart })),
        async *read(wanted, partition, from) {
          yield rig.log.filter((record) => {
            return record.topic === wanted && record.partition === partition && record.offset >= from;
          });
        },
      },
      publisher: {
        async send(records) {
          await rig.onSend(records);
          rig.sent.push(...records);
        },
      },
    }),
    async add(fields, row = {}) {
      const letter = letterOf(fields);
      objects.set(letterKey(letter), Buffer.from(JSON.stringify(letter)));
      await insert(pool, letter, row);
      return letterIdOf(letter);
    },
    async reset() {
      await pool.query('truncate dead_letter_action, redrive_letter, redrive, dead_letter, dead_letter_group cascade');
      objects.clear();
      rig.sent.length = 0;
      rig.log.length = 0;
      rig.logStart = 0;
      rig.onSend = async () => {};
    },
    close: () => database.close(),
  };
  return rig;
}

async function insert(pool: DeskRig['pool'], letter: DeadLetter, { redrives = 0, origin }: LetterFields) {
  const group = letterGroupOf(letter);
  await pool.query(
    `insert into dead_letter_group (group_id, consumer, code, normalised_message, schema_version, sample_message, first_seen, last_seen)
     values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict (group_id) do update
     set first_seen = least(dead_letter_group.first_seen, excluded.first_seen),
       last_seen = greatest(dead_letter_group.last_seen, excluded.last_seen)`,
    [
      group,
      letter.consumer,
      letter.code,
      normalisedMessage(letter.message),
      letter.schemaVersion,
      letter.message,
      letter.firstFailedAt,
      letter.lastFailedAt,
    ],
  );
  await pool.query(
    `insert into dead_letter (letter_id, group_id, consumer, topic, partition, "offset", timestamp_ms, key, headers, event_id,
       schema_version, value_bytes, payload_key, code, message, stack, attempts, first_failed_at, last_failed_at,
       handler_version, source, redrives, origin)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23)`,
    [
      letterIdOf(letter),
      group,
      letter.consumer,
      letter.topic,
      letter.partition,
      letter.offset,
      letter.timestampMs,
      letter.key === null ? null : Buffer.from(letter.key, 'base64'),
      JSON.stringify(letter.headers),
      letter.eventId,
      letter.schemaVersion,
      letter.value === null ? null : Buffer.byteLength(letter.value, 'base64'),
      letterKey(letter),
      letter.code,
      letter.message,
      letter.stack,
      letter.attempts,
      letter.firstFailedAt,
      letter.lastFailedAt,
      letter.handlerVersion,
      letter.source,
      redrives,
      origin ?? null,
    ],
  );
}

/** A request with everything as it is by default, fast. */
export function requestFor(query: RedriveRequest['query'], fields: Partial<RedriveRequest> = {}): RedriveRequest {
  return {
    query,
    perSecond: 100_000,
    maxRedrives: 3,
    acceptReordering: false,
    sendRest: false,
    actor: 'ana',
    ...fields,
  };
}

/** A record of the log behind the letters. */
export function logged(offset: number, fields: Partial<RawRecord> = {}): RawRecord {
  return {
    topic,
    partition: 0,
    offset,
    timestampMs: 1_700_000_000_000 + offset,
    key: Buffer.from('van-7'),
    value: Buffer.from(''),
    headers: [],
    ...fields,
  };
}

/** Header of a sent record. */
export function sentHeader({ headers }: AnyOutgoingRecord, name: string): string | undefined {
  const list = Array.isArray(headers) ? headers : Object.entries(headers);
  return list.find(([known]) => known === name)?.[1]?.toString();
}
