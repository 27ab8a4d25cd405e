import { afterAll, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import type { CommandReply, VehicleCommand } from '../../../src/catalogue/events.generated.ts';
import { makeEntryReader } from '../../../src/codec/chained-entry.ts';
import { makeCodec } from '../../../src/codec/codec.ts';
import { derivedId } from '../../../src/codec/event-id.ts';
import type { Item } from '../../../src/consumers/batch/processor.ts';
import { type DispatcherValue, makeDispatcherProcessor } from '../../../src/consumers/command-dispatcher/processor.ts';
import { makeClock } from '../../../src/consumers/fleet-clock/handler.ts';
import { AppError } from '../../../src/core/errors/app-error.ts';
import type { OutgoingRecord } from '../../../src/kafka/publisher.ts';
import { verifyTopic } from '../../../src/services/audit-chain/verify-chains.ts';
import { writerHeads } from '../../../src/services/audit-chain/writer-heads.ts';
import { memoryLog } from '../../make/batch-engine.ts';
import { embeddedDatabase, type TestDatabase } from '../../make/postgres.ts';
import { rawBatch, signal } from '../../make/raw-items.ts';
import { may1st } from '../../make/readings.ts';
import { vehicleCommand } from '../../make/vehicle-command.ts';

jest.setTimeout(120_000);

const codec = makeCodec();

const commandItem = (n: number, given: Partial<VehicleCommand> = {}, offset = n): Item<DispatcherValue> => {
  const value = vehicleCommand({ commandId: derivedId(`command-${n}`, 'test', 0), ...given });
  const event = { id: `issued-${n}`, source: '/test', type: 'vehicle.command.issued' };
  return {
    topic: 'vehicle.commands.v1',
    partition: 0,
    offset,
    timestampMs: may1st,
    key: value.vehicleId,
    event,
    value,
  };
};
const replyItem = (n: number, given: Partial<CommandReply>, offset: number): Item<DispatcherValue> => {
  const base = { vehicleId: 'van-7', time: null, resultCode: null, resultDetail: null };
  const value: CommandReply = {
    ...base,
    commandId: derivedId(`command-${n}`, 'test', 0),
    state: 'ACCEPTED',
    ...given,
  };
  const event = { id: `reply-${offset}`, source: '//mqtt/van-7', type: 'vehicle.command.replied' };
  return { topic: 'vehicle.replies.v1', partition: 0, offset, timestampMs: may1st, key: 'van-7', event, value };
};

describe('the command dispatcher', () => {
  let database: TestDatabase;
  const log: OutgoingRecord[] = [];
  const sent: { readonly deviceId: string; readonly payload: string }[] = [];
  const state = { nowMs: may1st, failSend: null as Error | null, failPublish: null as Error | null };

  beforeAll(async () => {
    database = await embeddedDatabase();
  });
  afterAll(() => database.close());
  beforeEach(async () => {
    log.length = 0;
    sent.length = 0;
    Object.assign(state, { nowMs: may1st, failSend: null, failPublish: null });
    await database.pool.query(
      'truncate vehicle_command, event_outbox, entry_chain, consumer_position, skipped_record, fleet_vehicle, fleet_capacity',
    );
  });

  const dependencies = () => ({
    pool: database.pool,
    codec,
    log: memoryLog(),
    clock: () => state.nowMs,
    publisher: {
      send: async (records: readonly unknown[]) => {
        log.push(...(records as OutgoingRecord[]));
        const failure = state.failPublish;
        state.failPublish = null;
        if (failure !== null) throw failure;
      },
    },
    downlink: {
      publish: async (message: { readonly deviceId: string; readonly payload: string }) => {
        if (state.failSend !== null) throw state.failSend;
        sent.push(message);
      },
    },
  });
  const dispatcher = () => makeDispatcherProcessor(dependencies());
  const tick = () => makeClock(dependencies())();

  const states = async () => {
    const { rows } = await database.pool.query<{ state: string }>('select state from vehicle_command order by number');
    return rows.map((row) => row.state);
  };
  const told = (topic: string) => log.filter((record) => record.topic === topic);
  const chain = async () => {
    const records = told('safety.audit.v1').map(({ topic, key, value, headers }, offset) => ({
      topic,
      partition: 0,
      offset,
      timestampMs: 0,
      key: Buffer.from(String(key)),
      value,
      headers: Object.entries(headers).map(([name, text]) => [name, Buffer.from(text)] as const),
    }));
    async function* read() {
      yield records;
    }
    const heads = await writerHeads(database.pool, 'safety.audit.v1');
    const partitions = [{ partition: 0, beginsLate: false, records: read() }];
    return verifyTopic('safety.audit.v1', partitions, { read: makeEntryReader(), heads });
  };

  test('decides once, however often a record is delivered, and tells it once', async () => {
    const batch = rawBatch([commandItem(0), commandItem(1, { command: 'LOCK' })]);
    expect(await dispatcher().apply(batch, signal)).toEqual([{ fate: 'applied' }, { fate: 'applied' }]);
    // A vehicle that is known by now: another decision would come out.
    await database.pool.query(
      `insert into fleet_vehicle (vehicle_id, vehicle_type, status, time, heard_at) values ('van-7', 'van', 'PARKED', now(), $1)`,
      [new Date(may1st)],
    );
    const again = await dispatcher().apply(batch, signal);
    expect(again).toEqual(batch.items.map(() => ({ fate: 'skipped', reason: 'duplicate' })));
    expect(await states()).toEqual(['ISSUED', 'REJECTED']);
    expect(told('safety.audit.v1')).toHaveLength(2);
    expect(sent).toHaveLength(1);
  });

  test('keeps what it decided when the log is away, and tells it when the log is back', async () => {
    const batch = rawBatch([commandItem(0)]);
    state.failPublish = new AppError('EVENTBUS_KAFKA_UNAVAILABLE', 'away');
    await expect(dispatcher().apply(batch, signal)).rejects.toMatchObject({ failure: 'dependency' });
    const first = log.splice(0).length;
    expect(await dispatcher().apply(batch, signal)).toEqual([{ fate: 'skipped', reason: 'duplicate' }]);
    expect(log).toHaveLength(first);
    const { chains } = await chain();
    expect(chains).toMatchObject([{ entries: 1, broken: null }]);
  });

  test('leaves second copies of entries behind after a crash, which break no chain', async () => {
    state.failPublish = new AppError('EVENTBUS_KAFKA_UNAVAILABLE', 'the answer was lost');
    await dispatcher()
      .apply(rawBatch([commandItem(0)]), signal)
      .catch(() => undefined);
    await dispatcher().apply(rawBatch([commandItem(1)]), signal);
    const { chains } = await chain();
    expect(chains).toMatchObject([{ entries: 2, copies: 1, broken: null }]);
  });

  test('makes one whole chain of what many write at once', async () => {
    const partitions = Array.from({ length: 8 }, (_, partition) =>
      Array.from({ length: 20 }, (_entry, n) => ({
        ...commandItem(partition * 100 + n, { vehicleId: `van-${partition}` }, n),
        partition,
      })),
    );
    await Promise.all(partitions.map((items) => dispatcher().apply(rawBatch(items), signal)));
    const { chains } = await chain();
    expect(chains).toMatchObject([{ chainId: 'command-dispatcher', entries: 160, broken: null }]);
  });

  test('sends a command again until its vehicle answers, and the open ones when it listens anew', async () => {
    await dispatcher().apply(rawBatch([commandItem(0)]), signal);
    state.nowMs += 4_999;
    await tick();
    expect(sent).toHaveLength(1);
    state.nowMs += 1;
    await tick();
    expect(sent.map(({ payload }) => JSON.parse(payload).attempt)).toEqual([1, 2]);
    await dispatcher().apply(rawBatch([replyItem(0, { state: 'DELIVERED' }, 0)]), signal);
    state.nowMs += 30_000;
    await tick();
    expect(sent).toHaveLength(2);
    await dispatcher().apply(rawBatch([replyItem(0, { state: 'LISTENING', commandId: null }, 1)]), signal);
    expect(sent).toHaveLength(3);
  });

  test('never sends what has expired, and ends it', async () => {
    state.failSend = new AppError('EVENTBUS_FLEET_DOWNLINK_UNAVAILABLE', 'away');
    await dispatcher().apply(rawBatch([commandItem(0)]), signal);
    state.failSend = null;
    state.nowMs += 60_000;
    await dispatcher().apply(rawBatch([replyItem(0, { state: 'LISTENING', commandId: null }, 0)]), signal);
    expect(sent).toEqual([]);
    expect(await tick()).toMatchObject({ commandsEnded: 1, commandsSent: 0 });
    expect(await states()).toEqual(['EXPIRED']);
    expect(told('vehicle.commands.v1').map(({ headers }) => headers['ce_type'])).toEqual(['vehicle.command.expired']);
  });

  test('sends safety first, and nothing past a command that could not be sent', async () => {
    state.failSend = new AppError('EVENTBUS_FLEET_DOWNLINK_UNAVAILABLE', 'away');
    const items = [
      commandItem(0),
      commandItem(1, { command: 'STOP', priority: 'SAFETY' }),
      commandItem(2, { command: 'SIGNAL' }),
    ];
    await dispatcher().apply(rawBatch(items), signal);
    state.failSend = null;
    await tick();
    expect(sent.map(({ payload }) => JSON.parse(payload).command)).toEqual(['STOP', 'UNLOCK', 'SIGNAL']);
  });

  test('writes a breach down when a vehicle acts on a command that has ended', async () => {
    await dispatcher().apply(rawBatch([commandItem(0)]), signal);
    state.nowMs += 60_000;
    await tick();
    await dispatcher().apply(rawBatch([replyItem(0, { state: 'EXECUTED' }, 0)]), signal);
    expect(await states()).toEqual(['EXPIRED']);
    const [check] = told('safety.compliance.v1');
    expect(codec.decode('ComplianceEvent', check?.value as Buffer).value).toMatchObject({
      entityId: 'van-7',
      status: 'FAILED',
      chainId: 'van-7',
      sequence: 1,
    });
  });

  test('lets a vehicle answer for itself only', async () => {
    const foreign = replyItem(0, { vehicleId: 'van-8' }, 0);
    await expect(dispatcher().apply(rawBatch([foreign]), signal)).rejects.toMatchObject({
      code: 'EVENTBUS_FLEET_REPLY_FOREIGN',
      failure: 'poison',
    });
  });
});
