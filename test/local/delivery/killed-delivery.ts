/**
 * A process for the test of kills: delivers a log of fixed content, a little at a time, until it is killed or done.
 *   node killed-delivery.ts LAKE RECORDS
 */
import { startLakeDelivery } from '../../../src/local/delivery/delivery.ts';
import { lakeTransform, noon, vehicleState } from './delivery-rig.ts';
import { makeLogInMemory } from './log-in-memory.ts';

const [lake = '', records = '0'] = process.argv.slice(2);
const topics = { 'vehicle.state.v1': 3, 'test.events.v1': 1 };
// Every run cuts its files elsewhere, so that a record written again does not happen to replace its first copy.
const log = makeLogInMemory(topics, 400 + Math.floor(Math.random() * 400));
const value = vehicleState('v', noon);
for (const [topic, partitions] of Object.entries(topics)) {
  for (let partition = 0; partition < partitions; partition++) {
    const all = Array.from({ length: Number(records) }, (_, offset) => ({
      timestampMs: noon + (offset % 3) * 3_600_000,
      value,
    }));
    log.append(topic, partition, all);
  }
}
const silent = () => {};
const delivery = await startLakeDelivery({
  bootstrapServers: 'unused:1',
  topics: Object.keys(topics),
  directory: lake,
  transform: async (event) => {
    await new Promise((resolve) => setTimeout(resolve, 2));
    return lakeTransform(event);
  },
  log: { info: silent, warn: silent, error: silent },
  source: log,
  buffer: { maxBytes: 300_000 + Math.random() * 200_000 },
});
process.stdout.write('started\n');
await delivery.flush();
await delivery.close();
