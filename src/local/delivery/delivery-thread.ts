import { setPriority } from 'node:os';
import { handler } from '../../../lambdas/lake-transform.ts';
import { servePart } from '../platform/part-thread.ts';
import { type LakeDeliveryStatus, startLakeDelivery } from './delivery.ts';
import type { DeliverySettings } from './start-delivery.ts';

// Nobody waits for the lake, and somebody waits for every alert. Elsewhere the call would concern the whole program.
if (process.platform === 'linux') setPriority(0, 5);

await servePart<null, LakeDeliveryStatus>(async (workerData, log) => {
  const { bufferMs, ...settings } = workerData as DeliverySettings;
  const delivery = await startLakeDelivery({ ...settings, transform: handler, log, buffer: { maxMs: bufferMs } });
  return { ready: null, status: () => delivery.status(), close: () => delivery.close() };
});
