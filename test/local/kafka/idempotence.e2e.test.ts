import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { initProducerIdApi } from '../../../src/local/kafka/apis/init-producer-id.ts';
import { wireError } from '../../../src/local/kafka/protocol/error-codes.ts';
import { type BrokerUnderTest, brokerUnderTest } from './broker-under-test.ts';
import { batchOf, listOffset, produceBatch } from './requests.ts';

let kafka: BrokerUnderTest;

beforeEach(async () => {
  kafka = await brokerUnderTest({ topics: ['events'] });
});

afterEach(() => kafka.close());

/** The batch of one producer that starts with this sequence number; two records. */
const send = (baseSequence: number, producerEpoch = 0) =>
  produceBatch(kafka.client, batchOf(['a', 'b'], { producerId: 7, producerEpoch, baseSequence }));

describe('an idempotent producer', () => {
  test('gets an id that nobody else has, also after a restart', async () => {
    const ids = new Set<number>();
    for (let round = 0; round < 3; round++) {
      for (let count = 0; count < 3; count++) {
        const { producerId, producerEpoch } = await kafka.client.call(initProducerIdApi, {});
        expect(producerEpoch).toBe(0);
        ids.add(producerId);
      }
      await kafka.restart();
    }
    expect(ids.size).toBe(9);
  });

  test('is told where a batch is that it sends again, and the log has it once', async () => {
    expect(await send(0)).toMatchObject({ errorCode: 0, baseOffset: 0 });
    expect(await send(2)).toMatchObject({ errorCode: 0, baseOffset: 2 });
    expect(await send(0)).toMatchObject({ errorCode: 0, baseOffset: 0 });
    expect(await send(2)).toMatchObject({ errorCode: 0, baseOffset: 2 });
    expect(await listOffset(kafka.client, -1)).toMatchObject({ offset: 4 });
  });

  test('is refused when a number is missing, and may go on with the missing one', async () => {
    await send(0);
    expect(await send(4)).toMatchObject({ errorCode: wireError.outOfOrderSequenceNumber });
    expect(await send(2)).toMatchObject({ errorCode: 0, baseOffset: 2 });
    expect(await send(4)).toMatchObject({ errorCode: 0, baseOffset: 4 });
  });

  test('is recognised in its last five batches, not in older ones', async () => {
    for (let count = 0; count < 6; count++) await send(count * 2);
    for (let count = 1; count < 6; count++) expect(await send(count * 2)).toMatchObject({ baseOffset: count * 2 });
    expect(await send(0)).toMatchObject({ errorCode: wireError.outOfOrderSequenceNumber });
    expect(await listOffset(kafka.client, -1)).toMatchObject({ offset: 12 });
  });

  test('is recognised after a restart: duplicates answered, gaps refused, the next batch stored', async () => {
    await send(0);
    await send(2);
    await kafka.restart();
    expect(await send(2)).toMatchObject({ errorCode: 0, baseOffset: 2 });
    expect(await send(6)).toMatchObject({ errorCode: wireError.outOfOrderSequenceNumber });
    expect(await send(4)).toMatchObject({ errorCode: 0, baseOffset: 4 });
    expect(await listOffset(kafka.client, -1)).toMatchObject({ offset: 6 });
  });

  test('starts again from 0 with a new epoch, and the old epoch is fenced', async () => {
    await send(0);
    expect(await send(2, 1)).toMatchObject({ errorCode: wireError.outOfOrderSequenceNumber });
    expect(await send(0, 1)).toMatchObject({ errorCode: 0, baseOffset: 2 });
    expect(await send(2, 0)).toMatchObject({ errorCode: wireError.invalidProducerEpoch });
  });

  test('counts over the end of the numbers', async () => {
    const last = 2 ** 31 - 2;
    expect(await send(last)).toMatchObject({ errorCode: 0, baseOffset: 0 });
    expect(await send(0)).toMatchObject({ errorCode: 0, baseOffset: 2 });
    expect(await send(last)).toMatchObject({ errorCode: 0, baseOffset: 0 });
  });

  test('has its duplicates recognised when both copies arrive in one group commit', async () => {
    const other = await kafka.connect();
    const [first, second] = [0, 0].map((baseSequence) =>
      batchOf(['a', 'b'], { producerId: 9, producerEpoch: 0, baseSequence }),
    );
    const answers = await Promise.all([produceBatch(kafka.client, first!), produceBatch(other, second!)]);
    expect(answers.map(({ errorCode, baseOffset }) => ({ errorCode, baseOffset }))).toEqual([
      { errorCode: 0, baseOffset: 0 },
      { errorCode: 0, baseOffset: 0 },
    ]);
    expect(await listOffset(kafka.client, -1)).toMatchObject({ offset: 2 });
  });

  test('is forgotten after a day of silence', async () => {
    await send(0);
    kafka.advanceClock(25 * 3_600_000);
    await kafka.broker.retain();
    expect(await send(40)).toMatchObject({ errorCode: 0 });
  });

  test('cannot have transactions, and is told so at once', async () => {
    const answer = await kafka.client.call(initProducerIdApi, { transactionalId: 'orders' });
    expect(answer).toMatchObject({ errorCode: wireError.invalidRequest, producerId: -1 });
  });
});
