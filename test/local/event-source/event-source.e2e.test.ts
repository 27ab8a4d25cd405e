import { rmSync, writeFileSync } from 'node:fs';
import { afterEach, describe, expect, test } from '@jest/globals';
import type { Consumer } from '../../../src/catalogue/model.ts';
import type { SourceTuning } from '../../../src/local/event-source/source-options.ts';
import { type Entry, EventSourceRig, type JournalLine, realKafka, until } from '../../make/event-source-rig.ts';

let rig: EventSourceRig;
afterEach(() => rig.close());

async function startRig(partitions: number, consumer: Partial<Consumer> = {}, tuning: SourceTuning = {}) {
  rig = new EventSourceRig(consumer);
  await rig.start(partitions, tuning);
  return rig;
}

const entries = (from: number, to: number, partitions = 1): Entry[] =>
  Array.from({ length: to - from }, (_, index) => ({ n: from + index, partition: (from + index) % partitions }));

const offsetsOf = (lines: readonly JournalLine[], partition: number) =>
  lines.filter((line) => line.partition === partition).map(({ offset }) => offset);
const range = (to: number) => Array.from({ length: to }, (_, index) => index);
const drained = () => rig.sources.drained(AbortSignal.timeout(30_000));

describe('records on their way to a function', () => {
  test('each arrive once, in the order of their partition, in batches no larger than asked for', async () => {
    await startRig(4, { batchSize: 50, concurrency: 3 });
    await rig.produce(entries(0, 1_000, 4));
    await rig.produce(entries(1_000, 2_000, 4));
    await drained();
    const journal = rig.journal();
    for (const partition of range(4)) expect(offsetsOf(journal, partition)).toEqual(range(500));
    await until(() => rig.counts.reduce((sum, { applied }) => sum + applied, 0) === 2_000);
    expect(Math.max(...rig.counts.map(({ applied }) => applied))).toBeLessThanOrEqual(50);
    expect(rig.sources.status()).toEqual([
      expect.objectContaining({
        consumer: rig.consumer.name,
        topic: rig.topic,
        partitions: 4,
        lagRecords: 0,
        lastError: null,
      }),
    ]);
  });

  test('wait for the batch window when they are few', async () => {
    await startRig(2, { batchWindowMs: 2000 });
    await until(() => rig.sources.status()[0]?.partitions === 2);
    await rig.produce(range(5).map((n) => ({ n, partition: n % 2 })));
    await drained();
    expect(rig.sources.status()[0]?.invocations).toBe(1);
    expect(rig.journal()).toHaveLength(5);
  });

  test('stay in the log while their consumer is paused', async () => {
    await startRig(1);
    await until(() => rig.sources.status()[0]?.partitions === 1);
    rig.sources.pause(rig.consumer.name);
    await rig.produce(entries(0, 10));
    await new Promise((resolve) => setTimeout(resolve, 700));
    expect(rig.journal()).toEqual([]);
    rig.sources.resume(rig.consumer.name);
    await drained();
    expect(rig.journal()).toHaveLength(10);
  });
});

describe('nothing is lost and order is kept', () => {
  test('when the function’s thread ends in the middle of a batch', async () => {
    await startRig(2, { batchSize: 20 });
    const asked = entries(0, 200, 2).map((entry) => (entry.n === 90 ? { ...entry, ask: 'crash-once' } : entry));
    await rig.produce(asked);
    await drained();
    const journal = rig.journal();
    for (const partition of range(2)) {
      const offsets = offsetsOf(journal, partition);
      expect([...new Set(offsets)]).toEqual(range(100));
    }
    expect(journal.length).toBeGreaterThan(200);
    expect(rig.log.lines.map(({ fields }) => fields['code']).join()).toMatch(/EVENTBUS_FUNCTION_(CRASHED|INTERRUPTED)/);
    expect(rig.target.restarts).toBe(1);
  });

  test('when a record is poison: it goes to the dead-letter queue, its neighbours go on', async () => {
    await startRig(1);
    const asked = entries(0, 60).map((entry) => (entry.n % 25 === 7 ? { ...entry, ask: 'poison' } : entry));
    await rig.produce(asked);
    await drained();
    expect(offsetsOf(rig.journal(), 0)).toEqual(range(60).filter((n) => n % 25 !== 7));
    const letters = await rig.letters();
    expect(letters.map(({ offset, code }) => [offset, code])).toEqual([
      [7, 'EVENTBUS_CODEC_MALFORMED'],
      [32, 'EVENTBUS_CODEC_MALFORMED'],
      [57, 'EVENTBUS_CODEC_MALFORMED'],
    ]);
    expect(JSON.parse(Buffer.from(letters[0]?.value ?? '', 'base64').toString())).toEqual({ n: 7, ask: 'poison' });
  });

  test('when a dependency is away: the partitions wait, without a dead letter, and go on by themselves', async () => {
    await startRig(2);
    writeFileSync(rig.path('outage'), '');
    await rig.produce(entries(0, 40, 2));
    // The two partitions come in fetches of their own.
    await until(() => rig.sources.status()[0]?.lagRecords === 40);
    await until(() => (rig.sources.status()[0]?.failedInvocations ?? 0) >= 3);
    expect(rig.journal()).toEqual([]);
    expect(rig.sources.status()[0]).toMatchObject({ lagRecords: 40, lastError: 'the function handed records back' });
    rmSync(rig.path('outage'));
    await drained();
    const journal = rig.journal();
    for (const partition of range(2)) expect(offsetsOf(journal, partition)).toEqual(range(20));
    expect(await rig.letters()).toEqual([]);
    expect(rig.sources.status()[0]?.lastError).toBeNull();
  });

  test('when the source is closed and started again: it goes on behind the last commit', async () => {
    await startRig(1);
    await rig.produce(entries(0, 30));
    await drained();
    await rig.sources.close();
    await rig.produce(entries(30, 40));
    rig.startSources();
    await drained();
    expect(offsetsOf(rig.journal(), 0)).toEqual(range(40));
  });

  test('when a second member joins the group and leaves it again', async () => {
    await startRig(4, {}, { sessionTimeoutMs: 6_000 });
    await rig.produce(entries(0, 200, 4));
    await until(() => rig.sources.status()[0]?.partitions === 4);
    const first = rig.sources;
    rig.startSources({ sessionTimeoutMs: 6_000 });
    const second = rig.sources;
    await until(() => first.status()[0]?.partitions === 2 && second.status()[0]?.partitions === 2);
    await rig.produce(entries(200, 400, 4));
    await Promise.all([first.drained(), second.drained()]);
    await second.close();
    await until(() => first.status()[0]?.partitions === 4);
    rig.sources = first;
    await rig.produce(entries(400, 600, 4));
    await drained();
    const journal = rig.journal();
    for (const partition of range(4)) expect([...new Set(offsetsOf(journal, partition))]).toEqual(range(150));
  });
});

const describeEmbedded = realKafka === undefined ? describe : describe.skip;
describeEmbedded('nothing is lost on the embedded broker (a real cluster is not ours to stop)', () => {
  test('when the broker is away for a while', async () => {
    await startRig(2, {}, { sessionTimeoutMs: 2_000 });
    await rig.produce(entries(0, 20, 2));
    await drained();
    const port = Number(rig.kafka.bootstrapServers.split(':')[1]);
    await rig.kafka.close();
    await until(() => rig.sources.status()[0]?.lastError !== null);
    await rig.startKafka(port);
    await rig.produce(entries(20, 40, 2));
    await drained();
    const journal = rig.journal();
    for (const partition of range(2)) expect([...new Set(offsetsOf(journal, partition))]).toEqual(range(20));
  });
});
