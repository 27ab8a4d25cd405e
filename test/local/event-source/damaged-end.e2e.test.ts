import { DatabaseSync } from 'node:sqlite';
import { describe, expect, test } from '@jest/globals';
import { makeAdmin } from '../../../src/kafka/admin.ts';
import { EventSourceRig, realKafka, until } from '../../make/event-source-rig.ts';
import { lastingPort } from '../../make/lasting-port.ts';

const describeEmbedded = realKafka === undefined ? describe : describe.skip;
describeEmbedded('damage on the embedded broker (files of a real cluster are not ours to damage)', () => {
  test('is passed over at the end of a partition, and committed though nothing follows', async () => {
    const rig = new EventSourceRig();
    await rig.start(1);
    try {
      await rig.produce([{ n: 0 }]);
      await rig.sources.drained(AbortSignal.timeout(30_000));
      await rig.sources.close();
      await rig.produce([{ n: 1 }]);
      await rig.kafka.close();
      const db = new DatabaseSync(rig.path('kafka/log.sqlite'));
      const row = db.prepare('SELECT id, bytes FROM batch ORDER BY id DESC LIMIT 1').get();
      const bytes = row?.['bytes'] as Uint8Array;
      bytes[bytes.length - 1] = ~(bytes.at(-1) ?? 0) & 0xff;
      db.prepare('UPDATE batch SET bytes = ? WHERE id = ?').run(bytes, row?.['id'] ?? null);
      db.close();

      await rig.startKafka(await lastingPort());
      rig.startSources();
      await until(() => rig.log.lines.some(({ fields }) => fields['code'] === 'EVENTBUS_KAFKA_RECORDS_CORRUPT'));
      const admin = makeAdmin({ connection: { bootstrapServers: rig.kafka.bootstrapServers }, clientId: 'test' });
      try {
        const committed = async () => (await admin.groupLag(rig.consumer.name)).map((lag) => lag.committed);
        for (let left = 200; left > 0 && (await committed())[0] !== 2; left -= 1) {
          await new Promise((resolve) => setTimeout(resolve, 50));
        }
        expect(await committed()).toEqual([2]);
      } finally {
        await admin.close();
      }
    } finally {
      await rig.close();
    }
  });
});
