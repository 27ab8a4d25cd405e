import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { dayMs } from '../../src/catalogue/duration.ts';
import { makeAdmin } from '../../src/kafka/admin.ts';
import { topicSpecOf } from '../../src/kafka/topic-spec.ts';
import { type EmbeddedKafka, startEmbeddedKafka } from '../../src/local/kafka/start.ts';
import { createEventBus, type DamagedEvents, type EventBus, type EventBusOptions } from '../../src/sdk/index.ts';
import { requireTopic } from '../make/catalogue-entry.ts';
import { codedRejectionOf } from '../make/coded-error.ts';
import { temporaryDirectory } from '../make/temporary-directory.ts';
import { silent, until } from './sdk-rig.ts';

const topic = 'photo.events.v1';
const directory = temporaryDirectory();
const buses: EventBus[] = [];
let kafka: EmbeddedKafka;

const start = () =>
  startEmbeddedKafka({ dataDir: directory.path, settings: { initialRebalanceDelayMs: 0 }, log: () => {} });

function bus(options: EventBusOptions = {}): EventBus {
  const { bootstrapServers } = kafka;
  const made = createEventBus({ bootstrapServers, clientId: 'test', deadLetters: 'hold', log: silent, ...options });
  buses.push(made);
  return made;
}

/** Ten events in ten batches of one partition; those at offsets 3 and 4 are damaged on disk. */
beforeAll(async () => {
  kafka = await start();
  const admin = makeAdmin({ connection: { bootstrapServers: kafka.bootstrapServers } });
  await admin.ensureTopics([{ ...topicSpecOf(requireTopic(topic), { maxRetentionMs: dayMs }), partitions: 1 }]);
  await admin.close();
  const writer = bus();
  for (let index = 0; index < 10; index += 1) {
    await writer.publish('photo.uploaded', { photoId: `p-${index}`, userId: 'u', filename: 'x.jpg' });
  }
  await writer.close();
  await kafka.close();
  const db = new DatabaseSync(join(directory.path, 'log.sqlite'));
  for (const row of db.prepare('SELECT id, bytes FROM batch WHERE base_offset IN (3, 4)').all()) {
    const bytes = row['bytes'] as Uint8Array;
    bytes[bytes.length - 1] = ~(bytes.at(-1) ?? 0) & 0xff;
    db.prepare('UPDATE batch SET bytes = ? WHERE id = ?').run(bytes, row['id'] ?? null);
  }
  db.close();
  kafka = await start();
});

afterAll(async () => {
  await Promise.all(buses.map((made) => made.close()));
  await kafka.close();
  directory.remove();
});

test('a subscription holds at damaged events and says where, and one that may pass over goes on there', async () => {
  const group = 'holds';
  const offsets: number[] = [];
  const warned: object[] = [];
  const log = { ...silent, warn: (fields: object) => warned.push(fields) };
  const held = await bus({ log }).subscribe('photo.uploaded', (event) => offsets.push(event.offset), { group });
  // Events before the damage may still be on their way to the handler when it is met.
  await until(() => held.status().partitions[0]?.position === 3 && held.status().lastError !== undefined);
  expect(offsets).toEqual([0, 1, 2]);
  expect(held.status()).toMatchObject({
    partitions: [{ topic, partition: 0, position: 3 }],
    lastError: { code: 'EVENTBUS_KAFKA_RECORDS_CORRUPT', details: { topic, partition: 0, offset: 3 } },
  });
  expect(warned).toContainEqual(expect.objectContaining({ group, code: 'EVENTBUS_KAFKA_RECORDS_CORRUPT' }));
  await held.close();

  const gone: DamagedEvents[] = [];
  const errors: object[] = [];
  const told = { ...silent, error: (fields: object) => errors.push(fields) };
  const passing = await bus({ log: told }).subscribe('photo.uploaded', (event) => offsets.push(event.offset), {
    group,
    damaged: (damage) => {
      gone.push(damage);
      throw new Error('what the program does with it is its own affair');
    },
  });
  await until(() => offsets.length === 8);
  await passing.close();
  expect(offsets).toEqual([0, 1, 2, 5, 6, 7, 8, 9]);
  expect(gone).toEqual([{ topic, partition: 0, from: 3, to: 5 }]);
  expect(errors).toEqual([{ group, code: 'EVENTBUS_KAFKA_RECORDS_CORRUPT', topic, partition: 0, from: 3, to: 5 }]);
});

test('nothing else than hold or a function is allowed', async () => {
  const wrong = { damaged: 'skip' as never };
  expect(await codedRejectionOf(bus().subscribe('photo.uploaded', () => {}, wrong))).toMatchObject({
    code: 'EVENTBUS_SDK_OPTION_INVALID',
  });
});
