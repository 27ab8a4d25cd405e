import { copyFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { consumersOf } from '../../../src/catalogue/lookup.ts';
import { isSound, reportText } from '../../../src/cli/audit/report.ts';
import { derivedId } from '../../../src/codec/event-id.ts';
import { filesBelow } from '../../local/delivery/lake-files.ts';
import { type AuditRig, cleaned, makeAuditRig, raw, routed } from './audit-rig.ts';

let rig: AuditRig;

beforeAll(async () => {
  rig = await makeAuditRig();
});

afterAll(async () => {
  await rig.end();
});

beforeEach(async () => {
  await rig.reset();
});

const derived = (id: string, index: number) => derivedId(id, 'telemetry-cleaner', index);

describe('the audit of a bus where all went well', () => {
  test('finds one fate for every record and says so', async () => {
    await rig.telemetry('raw-1', 3);
    await rig.telemetry('raw-2', 2);
    await rig.settle();
    const report = await rig.audit();
    expect(isSound(report)).toBe(true);
    expect(reportText(report)).toContain('0 missing, 0 duplicated');
    expect(
      report.rows.map(({ consumer, topic, records, items, applied }) => [consumer, topic, records, items, applied]),
    ).toEqual([
      ['telemetry-cleaner', raw, 2, 5, 5],
      ['alert-evaluator', cleaned, 5, 5, 5],
      ['timeseries-writer', cleaned, 5, 5, 5],
      ['window-aggregator', cleaned, 5, 5, 5],
      ['lake-transform', cleaned, 5, 5, 5],
      ['lake-transform', raw, 2, 2, 2],
      ['trip-tracker', cleaned, 5, 5, 5],
      ['safety-monitor', cleaned, 5, 5, 5],
    ]);
  });

  test('counts skips by reason and dead letters as fates', async () => {
    await rig.telemetry('raw-1', 3, { without: [1] });
    rig.log.append(raw, 0, [{ timestampMs: 0, value: Buffer.from('no batch') }]);
    await rig.pool.query(
      `insert into skipped_record (consumer, topic, partition, "offset", item, reason) values ('telemetry-cleaner', $1, 0, 0, 1, 'rejected')`,
      [raw],
    );
    rig.deadLetter('telemetry-cleaner', raw, 1);
    await rig.settle();
    const report = await rig.audit();
    expect(isSound(report)).toBe(true);
    expect(report.rows[0]).toMatchObject({
      records: 2,
      items: 4,
      applied: 2,
      skipped: { rejected: 1 },
      deadLettered: 1,
    });
  });

  test('counts a dead letter once, in its queue, in the table, and in both while it is on its way', async () => {
    for (const text of ['a', 'b', 'c']) rig.log.append(raw, 0, [{ timestampMs: 0, value: Buffer.from(text) }]);
    for (const offset of [0, 1]) rig.deadLetter('telemetry-cleaner', raw, offset);
    for (const offset of [1, 2]) await rig.storedLetter('telemetry-cleaner', raw, offset);
    await rig.storedLetter('alert-evaluator', raw, 0);
    await rig.settle();
    expect(await rig.row('telemetry-cleaner', raw)).toMatchObject({ records: 3, deadLettered: 3, missing: 0 });
  });

  test('counts a second copy of an event as a copy', async () => {
    await rig.telemetry('raw-1', 2);
    rig.cleanedEvent(derived('raw-1', 0));
    await rig.settle();
    const report = await rig.audit();
    expect(isSound(report)).toBe(true);
    const copies = report.rows.map(({ consumer, topic, applied, copies }) => [consumer, topic, applied, copies]);
    expect(copies).toContainEqual(['timeseries-writer', cleaned, 2, 1]);
    expect(copies).toContainEqual(['telemetry-cleaner', raw, 2, 1]);
  });

  test('counts a record that was sent again for one consumer as skipped at every other', async () => {
    await rig.telemetry('raw-1', 1);
    rig.cleanedEvent(derived('raw-1', 0));
    await rig.settle();
    await rig.pool.query(
      `insert into skipped_record (consumer, topic, partition, "offset", reason)
       select consumer, $1, 0, 1, 'addressed-to-another-consumer' from unnest(array['window-aggregator', 'alert-evaluator']) as consumer`,
      [cleaned],
    );
    const report = await rig.audit();
    expect(isSound(report)).toBe(true);
    const skipped = report.rows.map(({ consumer, topic, applied, copies, skipped }) => [
      consumer,
      topic,
      applied,
      copies,
      skipped,
    ]);
    const reason = { 'addressed-to-another-consumer': 1 };
    expect(skipped).toContainEqual(['window-aggregator', cleaned, 1, 0, reason]);
    expect(skipped).toContainEqual(['alert-evaluator', cleaned, 1, 0, reason]);
    expect(skipped).toContainEqual(['timeseries-writer', cleaned, 1, 1, {}]);
  });

  test('leaves out what retention took from the log', async () => {
    await rig.telemetry('raw-1', 3);
    await rig.settle();
    await rig.pool.query('delete from vehicle_reading where event_id = $1', [derived('raw-1', 0)]);
    rig.log.dropBelow(cleaned, 0, 1);
    expect(await rig.row('timeseries-writer', cleaned)).toMatchObject({ records: 2, applied: 2, missing: 0 });
  });
});

describe('the audit finds', () => {
  beforeEach(async () => {
    await rig.telemetry('raw-1', 3);
    await rig.telemetry('raw-2', 1);
  });

  test('a row that is gone from a table', async () => {
    await rig.settle();
    await rig.pool.query('delete from vehicle_reading where event_id = $1', [derived('raw-1', 1)]);
    await rig.pool.query('delete from window_applied where event_id = $1', [derived('raw-2', 0)]);
    const report = await rig.audit();
    expect(report).toMatchObject({ missing: 2, duplicated: 0 });
    const rows = report.rows.filter(({ missing }) => missing > 0);
    expect(rows.map(({ consumer, examples, notReached }) => [consumer, examples, notReached])).toEqual([
      ['timeseries-writer', [{ partition: 0, offset: 1 }], 0],
      ['window-aggregator', [{ partition: 0, offset: 3 }], 0],
    ]);
  });

  test('an event that the router never handed over', async () => {
    for (const id of ['a1', 'a2']) rig.alert(id);
    for (const id of ['a1', 'a1']) await rig.route(id);
    await rig.settle();
    const row = await rig.row('domain-router', routed);
    expect(row).toMatchObject({ applied: 1, missing: 1, duplicated: 0, examples: [{ partition: 0, offset: 1 }] });
  });

  test('a derived event that was never published', async () => {
    await rig.telemetry('raw-3', 4, { without: [2] });
    await rig.settle();
    expect(await rig.row('telemetry-cleaner', raw)).toMatchObject({
      items: 8,
      applied: 7,
      missing: 1,
      examples: [{ partition: 0, offset: 2, item: 2 }],
    });
  });

  test('a reading that was published and recorded as skipped', async () => {
    await rig.settle();
    await rig.pool.query(
      `insert into skipped_record (consumer, topic, partition, "offset", item, reason) values ('telemetry-cleaner', $1, 0, 0, 2, 'rejected')`,
      [raw],
    );
    expect(await rig.row('telemetry-cleaner', raw)).toMatchObject({
      skipped: { rejected: 1 },
      missing: 0,
      duplicated: 1,
    });
  });

  test('an event that a table holds twice', async () => {
    await rig.settle();
    await rig.pool.query(
      `insert into vehicle_reading (vehicle_id, time, event_id, mode, received_at, topic, partition, "offset")
       values ('v1', '2026-01-01Z', $1, 'DRIVE', now(), $2, 0, 0)`,
      [derived('raw-1', 0), cleaned],
    );
    expect(await rig.row('timeseries-writer', cleaned)).toMatchObject({ applied: 4, missing: 0, duplicated: 1 });
  });

  test('a Parquet file that is there twice, and one that is gone', async () => {
    await rig.settle();
    const [first, second] = filesBelow(rig.lake).map((name) => join(rig.lake, name));
    copyFileSync(first ?? '', join(dirname(first ?? ''), 'again.parquet'));
    rmSync(second ?? '');
    const report = await rig.audit();
    expect(report.rows.filter(({ consumer }) => consumer === 'lake-transform')).toMatchObject([
      { topic: cleaned, duplicated: 0, missing: 4, applied: 0 },
      { topic: raw, duplicated: 2, missing: 0, applied: 2 },
    ]);
  });

  test('records that a consumer has not reached', async () => {
    await rig.settle();
    rig.cleanedEvent('0a7c4f6e-0000-4000-8000-000000000001');
    const report = await rig.audit();
    const behind = report.rows.filter(({ topic }) => topic === cleaned);
    expect(behind.map(({ missing, notReached }) => [missing, notReached])).toEqual(
      consumersOf(cleaned).map(() => [1, 1]),
    );
    expect(reportText(report)).toContain('1 not reached yet');
  });

  test('a record whose event came just after the ends were captured counts as not reached, not as lost', async () => {
    rig.log.append(raw, 0, [{ timestampMs: 0, value: Buffer.from('{"deviceId":"v1","readings":[{"time":"x"}]}') }]);
    const report = await rig.audit(async () => {
      rig.cleanedEvent(derived('raw-1', 0));
      await rig.settle();
    });
    expect(report.rows.find(({ consumer }) => consumer === 'telemetry-cleaner')).toMatchObject({
      topic: raw,
      missing: 1,
      notReached: 1,
    });
  });
});
