import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { AppError } from '../../../src/core/errors/app-error.ts';
import { openDeliveryState } from '../../../src/local/delivery/delivery-state.ts';
import type { LogSource } from '../../../src/local/delivery/log-source.ts';
import { type DeliveryRig, makeDeliveryRig, noon, states, until, vehicleState } from './delivery-rig.ts';
import { filesBelow, queryLake } from './lake-files.ts';

const hour = 3_600_000;
let rig: DeliveryRig;

function row(offset: number, extra: string) {
  const json = `{"kafka_partition":0,"kafka_offset":${offset},"kafka_timestamp":${noon}${extra}}\n`;
  return { recordId: `0-${offset}`, result: 'Ok', kafkaRecordValue: Buffer.from(json).toString('base64') } as const;
}

beforeEach(() => {
  rig = makeDeliveryRig();
});

afterEach(async () => {
  await rig.end();
});

describe('rows of the lake', () => {
  test('lie below their topic and hour, in columns typed from the schema', async () => {
    const headers = { ce_id: 'id-1', ce_type: 'vehicle.state.changed' };
    const value = vehicleState('v1', noon);
    rig.log.append('vehicle.state.v1', 0, [{ timestampMs: noon, key: Buffer.from('v1'), value, headers }]);
    rig.log.append('vehicle.state.v1', 1, [{ timestampMs: noon + hour, value }]);
    await (await rig.start()).flush();

    expect(filesBelow(rig.lake)).toEqual([
      'bronze/topic=vehicle.state.v1/dt=2026-11-21/hh=12/0_0-0.parquet',
      'bronze/topic=vehicle.state.v1/dt=2026-11-21/hh=13/1_0-0.parquet',
    ]);
    const [row] = await queryLake(rig.lake, 'SELECT * FROM {lake} ORDER BY kafka_partition');
    expect(row).toMatchObject({
      kafka_topic: 'vehicle.state.v1',
      kafka_partition: 0,
      kafka_offset: '0',
      kafka_timestamp: '2026-11-21 12:30:00',
      kafka_key: 'v1',
      ce_id: 'id-1',
      ce_type: 'vehicle.state.changed',
      schema_version: 1,
      vehicleId: 'v1',
      time: '2026-11-21 12:30:00',
      status: 'MOVING',
      latitude: 34.01,
      longitude: null,
      raw: null,
    });
    const types = await queryLake(rig.lake, 'SELECT column_name, column_type FROM (DESCRIBE SELECT * FROM {lake})');
    const typeOf = Object.fromEntries(types.map((entry) => [entry['column_name'], entry['column_type']]));
    expect(typeOf).toMatchObject({ time: 'TIMESTAMP', latitude: 'DOUBLE', kafka_offset: 'BIGINT', status: 'VARCHAR' });
  });

  test('keep what a device sent as JSON beside its lists of structs', async () => {
    const readings = [{ time: '2026-11-21T12:00:00Z', speedKmh: 5, faults: ['E1'] }];
    const sent = { deviceId: 'v1', unknownField: 7, readings };
    rig.log.append('telemetry.raw.v1', 0, [{ timestampMs: noon, value: Buffer.from(JSON.stringify(sent)) }]);
    await (await rig.start()).flush();
    const [row] = await queryLake(rig.lake, 'SELECT raw, raw_encoding, decode_error, readings FROM {lake}');
    expect(JSON.parse(String(row?.['raw']))).toEqual(sent);
    expect(row).toMatchObject({ raw_encoding: 'utf-8', decode_error: null, readings });
  });

  test('keep the bytes of what cannot be decoded, with the reason', async () => {
    const bytes = Buffer.from([0xff, 0x00, 0xc3, 0x28]);
    const text = Buffer.from('{"deviceId": 5}');
    const greeting = 'hello\u0000\u{1f600}';
    const at = { timestampMs: noon };
    rig.log.append('telemetry.raw.v1', 0, [
      { ...at, value: bytes },
      { ...at, value: text },
    ]);
    rig.log.append('test.events.v1', 0, [{ ...at, value: Buffer.from(greeting) }, at]);
    await (await rig.start()).flush();
    const rows = await queryLake(
      rig.lake,
      'SELECT raw, raw_encoding, decode_error FROM {lake} ORDER BY topic, kafka_offset',
    );
    const decode_error = expect.stringMatching(/^EVENTBUS_CODEC_/);
    expect(rows).toEqual([
      { raw: bytes.toString('base64'), raw_encoding: 'base64', decode_error },
      { raw: text.toString(), raw_encoding: 'utf-8', decode_error },
      { raw: greeting, raw_encoding: 'utf-8', decode_error: null },
      { raw: null, raw_encoding: null, decode_error: null },
    ]);
  });

  test('go below bronze-errors with their bytes when they do not fit or the transformation refuses', async () => {
    rig.log.append(
      'vehicle.state.v1',
      0,
      ['a', 'b', 'c'].map((text) => ({ timestampMs: noon, value: Buffer.from(text) })),
    );
    const refused = { recordId: '0-0', result: 'ProcessingFailed', kafkaRecordValue: '' } as const;
    const delivery = await rig.start({
      transform: async () => ({ records: [row(2, ',"latitude":"north"'), refused, row(1, '')] }),
    });
    await delivery.flush();
    expect(delivery.status()).toMatchObject({ deliveredRecords: 1, errorRecords: 2 });
    expect(filesBelow(rig.lake)).toEqual([
      'bronze-errors/topic=vehicle.state.v1/dt=2026-11-21/hh=12/0_0-2.jsonl',
      'bronze/topic=vehicle.state.v1/dt=2026-11-21/hh=12/0_1-2.parquet',
    ]);
    expect(rig.messages).toContainEqual(expect.objectContaining({ code: 'EVENTBUS_LAKE_ROW_REFUSED' }));
  });
});

describe('the lake delivery', () => {
  test('continues after a restart where it stopped, each record in one file', async () => {
    rig.log.append('vehicle.state.v1', 0, states(1500));
    await (await rig.start()).flush();
    await rig.stop();
    rig.log.append('vehicle.state.v1', 0, states(10));
    await (await rig.start()).flush();
    expect(filesBelow(rig.lake)).toEqual([
      'bronze/topic=vehicle.state.v1/dt=2026-11-21/hh=12/0_0-1499.parquet',
      'bronze/topic=vehicle.state.v1/dt=2026-11-21/hh=12/0_1500-1509.parquet',
    ]);
    expect(rig.log.reported).toContainEqual({ topic: 'vehicle.state.v1', partition: 0, offset: 1510 });
  });

  test('takes its positions from the Parquet files when the state file is gone', async () => {
    rig.log.append('vehicle.state.v1', 0, states(20));
    await (await rig.start()).flush();
    await rig.stop();
    rmSync(join(rig.lake, 'delivery.sqlite'));
    rig.log.append('vehicle.state.v1', 0, states(1));
    await (await rig.start()).flush();
    const counts = 'SELECT count(*)::int AS rows, count(DISTINCT kafka_offset)::int AS offsets FROM {lake}';
    expect(await queryLake(rig.lake, counts)).toEqual([{ rows: 21, offsets: 21 }]);
  });

  test('finishes at the next start what a kill cut off between the commit and the last rename', async () => {
    rig.log.append('vehicle.state.v1', 0, states(5));
    await (await rig.start()).flush();
    await rig.stop();
    const [final = ''] = filesBelow(rig.lake);
    const staged = join('.staging', '7.parquet');
    renameSync(join(rig.lake, final), join(rig.lake, staged));
    const state = openDeliveryState(join(rig.lake, 'delivery.sqlite'));
    state.commit([{ staged, final }], []);
    state.close();
    await rig.start();
    expect(filesBelow(rig.lake)).toEqual([final]);
    await rig.stop();
    const after = openDeliveryState(join(rig.lake, 'delivery.sqlite'));
    expect(after.unpublished()).toEqual([]);
    after.close();
  });

  test('tries again when the disk refuses, and loses nothing', async () => {
    const delivery = await rig.start({ buffer: { maxBytes: 1 } });
    const bronze = join(rig.lake, 'bronze');
    writeFileSync(bronze, 'in the way');
    rig.log.append('vehicle.state.v1', 0, states(5));
    await until(() => delivery.status().lastError !== undefined);
    expect(delivery.status().deliveredRecords).toBe(0);
    rmSync(bronze);
    await until(() => delivery.status().deliveredRecords === 5);
    expect(filesBelow(rig.lake)).toEqual(['bronze/topic=vehicle.state.v1/dt=2026-11-21/hh=12/0_0-4.parquet']);
  });

  test('refuses a state file that is none, and says what to do', async () => {
    writeFileSync(join(rig.lake, 'delivery.sqlite'), 'x'.repeat(5000));
    await expect(rig.start()).rejects.toMatchObject({
      code: 'EVENTBUS_LAKE_STATE_CORRUPT',
      message: expect.stringContaining('Move the file away'),
    });
  });

  test('writes when the size or the time is reached, and not before', async () => {
    const delivery = await rig.start({ buffer: { maxBytes: 1_000_000, maxMs: 1_500 } });
    rig.log.append('vehicle.state.v1', 0, states(1));
    await until(() => delivery.status().bufferedRecords === 1);
    expect(filesBelow(rig.lake)).toEqual([]);
    await until(() => filesBelow(rig.lake).length === 1);
    await rig.stop();
    const bySize = await rig.start({ buffer: { maxBytes: 1_000_000, maxMs: 60_000 } });
    rig.log.append('vehicle.state.v1', 1, states(7000));
    await until(() => bySize.status().files >= 1);
    // Below the size and before the time, what comes next waits in the buffer.
    await until(() => bySize.status().deliveredRecords + bySize.status().bufferedRecords === 7000);
    const { files, bufferedRecords } = bySize.status();
    rig.log.append('vehicle.state.v1', 1, states(1));
    await until(() => bySize.status().bufferedRecords === bufferedRecords + 1);
    expect(bySize.status().files).toBe(files);
  });

  test('writes what is buffered when it is closed', async () => {
    const delivery = await rig.start();
    rig.log.append('vehicle.state.v1', 0, states(3));
    await until(() => delivery.status().bufferedRecords === 3);
    await rig.stop();
    expect(filesBelow(rig.lake)).toEqual(['bronze/topic=vehicle.state.v1/dt=2026-11-21/hh=12/0_0-2.parquet']);
  });

  test('survives a log that is away for a while', async () => {
    rig.log.failNext(new Error('connection refused'), 2);
    const delivery = await rig.start();
    rig.log.append('vehicle.state.v1', 0, states(1));
    await delivery.flush();
    expect(delivery.status()).toMatchObject({ deliveredRecords: 1, lastError: undefined });
  });

  test('reports its positions again until the cluster takes them, though nothing new is written', async () => {
    let refusals = 2;
    const report: LogSource['report'] = async (group, positions) => {
      refusals -= 1;
      if (refusals >= 0) throw new Error('connection refused');
      await rig.log.report(group, positions);
    };
    rig.log.append('vehicle.state.v1', 0, states(3));
    const delivery = await rig.start({ source: { ...rig.log, report } });
    await delivery.flush();
    await until(() => rig.log.reported.length > 0);
    expect(rig.log.reported).toEqual([{ topic: 'vehicle.state.v1', partition: 0, offset: 3 }]);
  });

  test('goes on with the other partitions when one cannot be read', async () => {
    const { log } = rig;
    const failure = new AppError('EVENTBUS_KAFKA_RECORDS_CORRUPT', 'vehicle.state.v1-0');
    const broken = { topic: 'vehicle.state.v1', partition: 0, records: [], nextOffset: 0, failure };
    const source: LogSource = {
      ...log,
      read: async (positions, options) => {
        const slices = await log.read(positions, options);
        const isAsked = positions.some(({ topic, partition }) => topic === broken.topic && partition === 0);
        return [...(isAsked ? [broken] : []), ...slices.filter(({ partition }) => partition !== 0)];
      },
    };
    log.append('vehicle.state.v1', 0, states(1));
    log.append('vehicle.state.v1', 1, states(3));
    const delivery = await rig.start({ source, buffer: { maxMs: 50 } });
    await until(() => delivery.status().deliveredRecords === 3);
    expect(rig.messages.filter(({ code }) => code === 'EVENTBUS_KAFKA_RECORDS_CORRUPT')).toHaveLength(1);
  });

  test('says what retention took before it reached the lake, and goes on', async () => {
    rig.log.append('vehicle.state.v1', 0, states(8));
    await (await rig.start()).flush();
    await rig.stop();
    rig.log.append('vehicle.state.v1', 0, states(8));
    rig.log.dropBelow('vehicle.state.v1', 0, 12);
    const delivery = await rig.start();
    await delivery.flush();
    const lost = { code: 'EVENTBUS_LAKE_POSITION_LOST', offset: 8, start: 12 };
    expect(rig.messages).toContainEqual(expect.objectContaining(lost));
    expect(delivery.status().deliveredRecords).toBe(4);
  });

  test('stops reading a topic that was made anew instead of mixing two logs', async () => {
    rig.log.append('vehicle.state.v1', 0, states(8));
    await (await rig.start()).flush();
    await rig.stop();
    rig.log.remake('vehicle.state.v1');
    rig.log.append('vehicle.state.v1', 0, states(9));
    const delivery = await rig.start();
    await delivery.flush();
    expect(delivery.status().deliveredRecords).toBe(0);
    expect(delivery.status().stalledPartitions.map(({ partition }) => partition)).toContain(0);
    expect(rig.messages).toContainEqual(expect.objectContaining({ code: 'EVENTBUS_LAKE_POSITION_AHEAD' }));
  });

  test('refuses a second delivery into the same lake', async () => {
    await rig.start();
    await expect(rig.start()).rejects.toMatchObject({ code: 'EVENTBUS_LAKE_IN_USE' });
  });
});
