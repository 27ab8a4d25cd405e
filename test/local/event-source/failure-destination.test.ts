import { expect, test } from '@jest/globals';
import type { FailureDestination } from '../../../src/catalogue/model.ts';
import type { MskEvent } from '../../../src/consumers/batch/msk-event.ts';
import { AppError } from '../../../src/core/errors/app-error.ts';
import type { OutgoingRecord } from '../../../src/kafka/outgoing.ts';
import { type FailedDelivery, failureDestination } from '../../../src/local/event-source/failure-destination.ts';
import { mskEvent, mskRecord } from '../../make/msk-event.ts';

const event = mskEvent([mskRecord({ offset: 4, key: 'a', value: 'x' }), mskRecord({ offset: 5, key: null })]);
const failed: FailedDelivery = {
  id: 'id-1',
  event,
  context: {
    functionName: 'counter',
    eventSourceArn: event.eventSourceArn,
    bootstrapServers: event.bootstrapServers,
    requestId: 'request-1',
    reason: 'RetryAttemptsExhausted',
    invocations: 2,
    functionError: true,
    nowMs: Date.UTC(2026, 4, 4),
  },
};

/** Sinks that keep what they get; `refuse` may throw for a record on its way to a topic. */
function destination(kind: FailureDestination, refuse: (record: OutgoingRecord) => void = () => {}) {
  const messages: (readonly [string, string])[] = [];
  const objects: (readonly [string, string])[] = [];
  const records: OutgoingRecord[] = [];
  const send = failureDestination(
    kind,
    { consumer: 'counter', topic: 'vehicle.telemetry.v1' },
    {
      sendMessage: async (consumer, body) => void messages.push([consumer, body]),
      objects: { put: async (key, bytes) => void objects.push([key, Buffer.from(bytes).toString()]) },
      publisher: {
        send: async (list) => {
          for (const record of list) refuse(record);
          records.push(...list);
        },
      },
    },
  );
  return { send, messages, objects, records };
}

test('the queue of the consumer gets no payload', async () => {
  const { send, messages } = destination('queue');
  await send(failed);
  expect(messages.map(([consumer]) => consumer)).toEqual(['counter']);
  const body = JSON.parse(messages[0]?.[1] ?? '') as object;
  expect(body).toMatchObject({
    KafkaBatchInfo: { batchSize: 2, payloadSize: Buffer.byteLength(JSON.stringify(event)) },
  });
  expect(body).not.toHaveProperty('payload');
});

test('the object store gets the whole event, under the same key however often it is tried', async () => {
  const { send, objects } = destination('object-store');
  await send(failed);
  await send(failed);
  expect(new Set(objects.map(([key]) => key)).size).toBe(1);
  expect(objects[0]?.[0]).toMatch(
    /^aws\/lambda\/[0-9a-f-]{36}\/vehicle\.telemetry\.v1-0\/2026\/05\/04\/2026-05-04T00\.00\.00-id-1$/,
  );
  const { payload } = JSON.parse(objects[0]?.[1] ?? '') as { readonly payload: string };
  expect(JSON.parse(payload)).toEqual(event);
});

test('a topic gets each record by itself, and keys as they were', async () => {
  const { send, records } = destination('topic:failures.v1');
  await send(failed);
  expect(records.map(({ topic, key }) => [topic, key === null ? null : String(key)])).toEqual([
    ['failures.v1', 'a'],
    ['failures.v1', null],
  ]);
  const payloads = records.map(({ value }) => (JSON.parse(String(value)) as { readonly payload: MskEvent }).payload);
  expect(payloads.map((payload) => Object.values(payload.records))).toEqual(
    event.records['vehicle.telemetry.v1-0']?.map((record) => [[record]]),
  );
});

test('a record that is too large for the topic as a document goes without its payload; an outage is the caller’s', async () => {
  const tooLarge = new AppError('EVENTBUS_KAFKA_RECORD_TOO_LARGE', 'the test says so');
  const { send, records } = destination('topic:failures.v1', ({ value }) => {
    if (String(value).includes('"offset":4')) throw tooLarge;
  });
  await send(failed);
  expect(records.map(({ value }) => (JSON.parse(String(value)) as { readonly payload: unknown }).payload)).toEqual([
    null,
    expect.any(Object),
  ]);
  const away = destination('topic:failures.v1', () => {
    throw new AppError('EVENTBUS_KAFKA_UNAVAILABLE', 'the test says so');
  });
  await expect(away.send(failed)).rejects.toMatchObject({ code: 'EVENTBUS_KAFKA_UNAVAILABLE' });
});
