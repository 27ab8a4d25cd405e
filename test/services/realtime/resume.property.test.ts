import { expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { type RealtimeFeed, roomKinds } from '../../../src/catalogue/realtime.ts';
import { decodePosition } from '../../../src/core/realtime/position.ts';
import { parseRoom } from '../../../src/core/realtime/room.ts';
import { Frontier } from '../../../src/services/realtime/frontier.ts';
import { Hub } from '../../../src/services/realtime/hub.ts';
import { defaultRealtimeLimits } from '../../../src/services/realtime/limits.ts';
import type { EventMeta, LiveEvent } from '../../../src/services/realtime/live-event.ts';
import { RecentEvents } from '../../../src/services/realtime/recent-events.ts';
import { join, type RequestContext } from '../../../src/services/realtime/requests.ts';
import { Resumer } from '../../../src/services/realtime/resumer.ts';
import { Session } from '../../../src/services/realtime/session.ts';

const partitions = 3;
const user = 'ada';
const ownRoom = `user:${user}`;

/** One topic that feeds users and batches; an event's rooms are given, not computed. */
const feed = {
  topic: 'photo.events.v1',
  code: 1,
  subject: 'PhotoEvent',
  key: 'photoId',
  owners: [],
  hidden: [],
  events: [
    { type: 't', rooms: [{ kind: 'user', id: 'owner' }] },
    { type: 't', rooms: [{ kind: 'batch', id: { field: 'batchId' } }] },
  ],
} as const satisfies RealtimeFeed;

/** A log that gateways read at their own pace. */
class Log {
  readonly events: LiveEvent[] = [];
  readonly ends = Array.from({ length: partitions }, () => 0);

  append(partition: number, rooms: readonly string[]): void {
    const offset = this.ends[partition] ?? 0;
    this.ends[partition] = offset + 1;
    const id = `${partition}/${offset}`;
    this.events.push({ code: 1, partition, offset, id, type: 't', name: 'event', time: '', rooms, data: {}, bytes: 1 });
  }
}

function fail(): never {
  throw new Error('not expected');
}

class Gateway {
  readonly frontier = new Frontier();
  readonly sockets = new Map<string, Client>();
  readonly hub: Hub;
  readonly context: RequestContext;
  #read = 0;
  readonly #log: Log;

  constructor(log: Log) {
    this.#log = log;
    const recent = new RecentEvents({ recentEvents: 1_000_000, recentBytes: 1_000_000 });
    const start = Array.from({ length: partitions }, () => 0);
    recent.begin(1, start);
    this.frontier.begin(1, start);
    const emit = (ids: readonly string[]) => (_: string, __: object, meta: EventMeta) => {
      for (const id of ids) this.sockets.get(id)?.take(meta);
    };
    const io = { local: { to: (ids: readonly string[]) => ({ emit: emit(ids) }) } };
    this.hub = new Hub({ io: io as never, frontier: this.frontier, recent, onSlow: fail, sendKept: fail });
    const bounds = async () => log.ends.map((end, partition) => ({ partition, start: 0, end }));
    const resumeLog = { bounds, frontier: this.frontier, recent, feeds: [feed] };
    const rest = { connection: { bootstrapServers: '' }, makers: [], logReaders: 1, onSlow: fail, onFailed: fail };
    const resumer = new Resumer({ ...resumeLog, ...rest, hub: this.hub });
    this.context = { hub: this.hub, resumer, log: resumeLog, feeds: [feed] } as unknown as RequestContext;
  }

  advance(count: number): void {
    for (const event of this.#log.events.slice(this.#read, this.#read + count)) {
      this.#read += 1;
      this.frontier.advance(1, event.partition, event.offset + 1);
      this.hub.deliver(event);
    }
  }
}

let nextId = 0;

/** A client in its own room and some batches, that keeps one position. */
class Client {
  readonly rooms: readonly string[];
  readonly received: string[] = [];
  readonly joinedAt: readonly number[];
  session: Session | undefined;
  gateway: Gateway;
  #id = '';
  #position: string | undefined;

  constructor(rooms: readonly string[], gateway: Gateway) {
    this.rooms = [ownRoom, ...rooms];
    this.gateway = gateway;
    this.joinedAt = [...gateway.frontier.of(1)];
  }

  take({ id, position }: EventMeta): void {
    this.received.push(id);
    this.#position = position;
  }

  async connect(gateway: Gateway, patient: boolean): Promise<void> {
    this.gateway = gateway;
    this.#id = `socket-${(nextId += 1)}`;
    const conn = { writeBuffer: [], transport: {} };
    const emit = (name: string, data: { readonly position?: string }, meta: EventMeta) => {
      if (name === 'session:position') this.#position = data.position;
      else this.take(meta);
    };
    const socket = { id: this.#id, conn, emit, join: () => {} };
    const caller = { subject: user, roles: [], expiresAtMs: 0 };
    const around = { frontier: gateway.frontier, limits: defaultRealtimeLimits };
    const session = new Session(socket as never, caller, around);
    this.session = session;
    gateway.sockets.set(this.#id, this);
    const carried = this.#position === undefined ? undefined : decodePosition(this.#position);
    for (const name of this.rooms) {
      const room = parseRoom(name, roomKinds);
      const started = await join({ context: gateway.context, session, room, after: this.#position });
      if (name === ownRoom && carried !== undefined) session.carry(carried, 60_000);
      started();
      // The next room goes on from the newest position, which an event of this one may have brought.
      if (patient) await this.settled();
    }
    this.#position ??= session.position();
  }

  async settled(): Promise<void> {
    await this.session?.resumeChain;
  }

  disconnect(): void {
    if (this.session === undefined) return;
    this.session.ended = true;
    this.gateway.hub.leaveAll(this.session);
    this.gateway.sockets.delete(this.#id);
    this.session = undefined;
  }

  /** Ids of what it should have had. */
  due(log: Log): readonly string[] {
    const mine = log.events.filter(({ rooms, partition, offset }) => {
      return offset >= (this.joinedAt[partition] ?? 0) && rooms.some((room) => this.rooms.includes(room));
    });
    return mine.map(({ id }) => id);
  }
}

const batches = ['batch:a', 'batch:b'] as const;
const rooms = fc.subarray([...batches, ownRoom], { minLength: 1 });
const step = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ append: fc.nat(partitions - 1), rooms, times: fc.integer({ min: 1, max: 60 }) }),
  },
  { weight: 4, arbitrary: fc.record({ advance: fc.nat(1), count: fc.integer({ min: 1, max: 80 }) }) },
  { weight: 2, arbitrary: fc.record({ move: fc.nat(1) }) },
  { weight: 1, arbitrary: fc.record({ away: fc.constant(true) }) },
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

async function play(steps: readonly Step[], follows: readonly string[], patient: boolean) {
  const log = new Log();
  const gateways = [new Gateway(log), new Gateway(log)] as const;
  const client = new Client(follows, gateways[0]);
  await client.connect(gateways[0], patient);
  for (const each of steps) {
    if ('append' in each) for (let left = each.times; left > 0; left -= 1) log.append(each.append, each.rooms);
    else if ('advance' in each) gateways[each.advance === 0 ? 0 : 1].advance(each.count);
    else {
      if (patient) await client.settled();
      client.disconnect();
      if ('move' in each) await client.connect(gateways[each.move === 0 ? 0 : 1], patient);
    }
  }
  if (client.session === undefined) await client.connect(gateways[0], patient);
  for (const gateway of gateways) gateway.advance(log.events.length);
  await client.settled();
  return { received: client.received, due: client.due(log) };
}

function inOrder(ids: readonly string[]): boolean {
  const newest = new Map<string, number>();
  return ids.every((id) => {
    const [partition = '', offset] = id.split('/');
    const after = Number(offset) > (newest.get(partition) ?? -1);
    newest.set(partition, Number(offset));
    return after;
  });
}

const runs = { numRuns: 150 };
const steps = fc.array(step, { maxLength: 40 });

test('whatever gateways a client moves between, it gets everything of its rooms, once', async () => {
  await fc.assert(
    fc.asyncProperty(steps, fc.subarray([...batches]), async (history, follows) => {
      const { received, due } = await play(history, follows, true);
      expect([...received].toSorted()).toEqual([...due].toSorted());
    }),
    runs,
  );
});

test('a client of one room gets everything in order, once, even when it breaks off while it catches up', async () => {
  await fc.assert(
    fc.asyncProperty(steps, async (history) => {
      const { received, due } = await play(history, [], false);
      expect([...received].toSorted()).toEqual([...due].toSorted());
      expect(inOrder(received)).toBe(true);
    }),
    runs,
  );
});

test('a client of several rooms that breaks off while it catches up misses nothing', async () => {
  await fc.assert(
    fc.asyncProperty(steps, async (history) => {
      const { received, due } = await play(history, batches, false);
      expect(new Set(received)).toEqual(new Set(due));
    }),
    runs,
  );
});
