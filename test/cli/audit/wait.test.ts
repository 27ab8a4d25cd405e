import { expect, test } from '@jest/globals';
import { catalogue } from '../../../src/catalogue/catalogue.ts';
import type { Consumer } from '../../../src/catalogue/model.ts';
import { waitForConsumers } from '../../../src/cli/audit/wait.ts';

const consumers = (catalogue.consumers as readonly Consumer[]).filter(({ name }) => name === 'window-aggregator');
const topic = 'vehicle.telemetry.v1';
const bounds = [
  { topic, partition: 0, start: 10, end: 30 },
  { topic, partition: 1, start: 0, end: 0 },
  { topic: 'alerts', partition: 0, start: 0, end: 99 },
];

test('waits until a consumer has committed the ends of its topics', async () => {
  const lags: number[] = [];
  let position = 20;
  await waitForConsumers(bounds, {
    consumers,
    committed: async () => [{ topic, partition: 0, position: (position += 5) }],
    timeoutMs: 5_000,
    onLag: (records) => lags.push(records),
  });
  expect(lags).toEqual([5, 0]);
});

test('a consumer that has committed nothing is behind by what the log still has', async () => {
  const waiting = waitForConsumers(bounds, { consumers, committed: async () => [], timeoutMs: 1 });
  await expect(waiting).rejects.toMatchObject({
    code: 'EVENTBUS_AUDIT_STILL_BEHIND',
    message: expect.stringContaining('window-aggregator 20 of vehicle.telemetry.v1'),
  });
});
