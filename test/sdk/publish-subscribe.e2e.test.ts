import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { EventBus, EventOf } from '../../src/sdk/index.ts';
import { codedRejectionOf } from '../make/coded-error.ts';
import { type SdkRig, startSdkRig, until } from './sdk-rig.ts';

const order = { orderId: 'o-1', customerId: 'c-1', currency: 'EUR', itemsMinor: 1990, totalMinor: 1990 };
const alert = {
  alertId: 'a-1',
  incidentId: 'i-1',
  state: 'RAISED',
  severity: 'WARNING',
  deviceId: 'd-1',
  ruleId: 'r-1',
  time: 0,
  message: 'An alert.',
  sourceEventId: 's-1',
} as const;

let rig: SdkRig;
let bus: EventBus;

beforeAll(async () => {
  rig = await startSdkRig(['photo.events.v1', 'order-events', 'alerts', 'analytics.alerts', 'vehicle.alerts.v1']);
  bus = rig.bus();
});

afterAll(() => rig.close());

const numbered = (count: number) => Array.from({ length: count }, (_, index) => String(index));

describe('an event that is published', () => {
  test('reaches a subscriber whole', async () => {
    const events: EventOf<'photo.uploaded'>[] = [];
    const subscription = await bus.subscribe('photo.uploaded', (event) => events.push(event), { group: 'whole' });
    const published = await bus.publish('photo.uploaded', { photoId: 'p-1', userId: 'u-1', filename: 'cat.jpg' });
    await until(() => events.length > 0);
    await subscription.close();
    expect(published).toMatchObject({ topic: 'photo.events.v1', key: 'p-1' });
    expect(published.id).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
    const [event] = events;
    expect(event).toMatchObject({
      specversion: '1.0',
      id: published.id,
      source: '//test',
      type: 'photo.uploaded',
      subject: 'p-1',
      dataVersion: '1.0',
      topic: 'photo.events.v1',
      offset: 0,
      key: 'p-1',
      data: { photoId: 'p-1', userId: 'u-1', filename: 'cat.jpg', thumbnails: [], progress: null },
    });
    expect(event?.toEnvelope()).toEqual({
      eventId: published.id,
      eventType: 'photo.uploaded',
      timestamp: event?.time,
      source: '//test',
      version: '1.0',
      data: event?.data,
    });
  });

  test('in the envelope of the shop keeps its id, time and source', async () => {
    const events: EventOf<'order.created'>[] = [];
    const envelope = {
      eventId: '3f0e8a52-7f44-4d7e-9d4e-0d9f6a1c2b3a',
      eventType: 'order.created',
      timestamp: '2026-05-04T10:00:00+02:00',
      source: 'order-service',
      version: '1.0',
      data: order,
    } as const;
    const subscription = await bus.subscribe('order.created', (event) => events.push(event), { group: 'envelopes' });
    await bus.publishEnvelope(envelope);
    await until(() => events.length > 0);
    await subscription.close();
    expect(events[0]?.toEnvelope()).toMatchObject(envelope);
  });

  test('goes to the topic that is named, where several carry its type, and to the subscribers of all of them', async () => {
    const topics: string[] = [];
    const subscription = await bus.subscribe('alert.raised', ({ topic }) => topics.push(topic), {
      group: 'all-alerts',
    });
    await bus.publish('alert.raised', { ...alert, kind: 'low_battery_alert' }, { topic: 'alerts' });
    await bus.publish('alert.cleared', { ...alert, kind: 'low_battery_alert' }, { topic: 'alerts' });
    await bus.publish('alert.raised', { ...alert, kind: 'out_of_range' }, { topic: 'analytics.alerts' });
    await until(() => topics.length > 1);
    await subscription.close();
    expect(topics.sort()).toEqual(['alerts', 'analytics.alerts']);
  });
});

describe('a subscription', () => {
  test('gets only its types of a topic, each key in order, each event once', async () => {
    const seen: string[] = [];
    const subscription = await bus.subscribe(
      ['photo.processing.progress', 'photo.processing.failed'],
      ({ type, key, data }) => seen.push(`${key} ${type} ${data.progress}`),
      { group: 'progress' },
    );
    await Promise.all(
      numbered(120).map((name, index) => {
        const photoId = `photo-${index % 6}`;
        const types = ['photo.processing.progress', 'photo.processing.started', 'photo.processing.failed'] as const;
        return bus.publish(types[index % 3] as 'photo.processing.progress', { photoId, progress: Number(name) });
      }),
    );
    await until(() => seen.length >= 80);
    await subscription.close();
    expect(new Set(seen).size).toBe(80);
    expect(subscription.status().handledEvents).toBe(80);
    expect(seen.filter((line) => line.includes('started'))).toEqual([]);
    const progress = Map.groupBy(seen, (line) => line.slice(0, 7));
    for (const lines of progress.values()) {
      const numbers = lines.map((line) => Number(line.split(' ')[2]));
      expect(numbers).toEqual([...numbers].sort((left, right) => left - right));
    }
  });

  test('to a topic gets every type of it', async () => {
    const types = new Set<string>();
    const subscription = await bus.subscribe('order-events', ({ type }) => types.add(type), { group: 'orders' });
    await bus.publish('order.cancelled', order);
    await bus.publish('order.completed', order);
    await until(() => types.size >= 3);
    await subscription.close();
    expect([...types].sort()).toEqual(['order.cancelled', 'order.completed', 'order.created']);
  });

  test('from the latest position gets nothing of what was there before', async () => {
    const keys: (string | null)[] = [];
    const handler = ({ key }: { readonly key: string | null }) => keys.push(key);
    const subscription = await bus.subscribe('order-events', handler, { group: 'new-ones', from: 'latest' });
    await bus.publish('order.updated', { ...order, orderId: 'new' });
    await until(() => keys.length > 0);
    await subscription.close();
    expect(keys).toEqual(['new']);
  });

  test('holds events back while it is paused', async () => {
    const names: (string | null)[] = [];
    const handler = ({ data }: EventOf<'photo.uploaded'>) => names.push(data.filename);
    const subscription = await bus.subscribe('photo.uploaded', handler, { group: 'paused', from: 'latest' });
    subscription.pause();
    await bus.publish('photo.uploaded', { photoId: 'p', filename: 'held' });
    const other = await bus.subscribe('photo.uploaded', () => {}, { group: 'not-paused' });
    await until(() => other.status().handledEvents >= 2);
    expect(names).toEqual([]);
    expect(subscription.status().paused).toBe(true);
    subscription.resume();
    await until(() => names.length > 0);
    await Promise.all([subscription.close(), other.close()]);
    expect(names).toEqual(['held']);
  });

  test('that is closed lets the event under way end, and leaves the rest to the next member', async () => {
    const names: string[] = [];
    const release = Promise.withResolvers<void>();
    const options = { group: 'handed-over', from: 'latest' } as const;
    const first = await bus.subscribe(
      'photo.uploaded',
      async ({ data }) => {
        names.push(`begun ${data.filename}`);
        await release.promise;
        names.push(`ended ${data.filename}`);
      },
      options,
    );
    for (const filename of ['1', '2', '3']) await bus.publish('photo.uploaded', { photoId: 'same', filename });
    await until(() => names.length > 0);
    const closed = first.close();
    release.resolve();
    await closed;
    expect(names).toEqual(['begun 1', 'ended 1']);
    const second = await bus.subscribe('photo.uploaded', ({ data }) => names.push(`next ${data.filename}`), options);
    await until(() => names.length >= 4);
    await second.close();
    expect(names.slice(2)).toEqual(['next 2', 'next 3']);
  });

  test('whose bus is closed may still publish from the event under way', async () => {
    const closing = rig.bus();
    const begun = Promise.withResolvers<void>();
    const release = Promise.withResolvers<void>();
    const followers: (string | null)[] = [];
    const watching = await bus.subscribe('order.completed', ({ key }) => followers.push(key), { group: 'watching' });
    const handler = async () => {
      begun.resolve();
      await release.promise;
      await closing.publish('order.completed', { ...order, orderId: 'follow-up' });
    };
    await closing.subscribe('order.cancelled', handler, { group: 'closing', from: 'latest' });
    await bus.publish('order.cancelled', order);
    await begun.promise;
    const closed = closing.close();
    release.resolve();
    await closed;
    await until(() => followers.includes('follow-up'));
    await watching.close();
    expect((await codedRejectionOf(closing.publish('order.completed', order))).code).toBe('EVENTBUS_SDK_CLOSED');
  });

  test('shares the events with other members of its group', async () => {
    const handled = { left: 0, right: 0 };
    const options = { group: 'shared', from: 'latest' } as const;
    const left = await rig.bus().subscribe('order.updated', () => void (handled.left += 1), options);
    const right = await rig.bus().subscribe('order.updated', () => void (handled.right += 1), options);
    await until(() => left.status().partitions.length === 1 && right.status().partitions.length === 1);
    await Promise.all(numbered(40).map((name) => bus.publish('order.updated', { ...order, orderId: name })));
    await until(() => handled.left + handled.right >= 40);
    await Promise.all([left.close(), right.close()]);
    expect(handled.left + handled.right).toBe(40);
    expect(Math.min(handled.left, handled.right)).toBeGreaterThan(0);
  });

  test('to other events under the same group is refused', async () => {
    const subscription = await bus.subscribe('order.created', () => {}, { group: 'taken' });
    const error = await codedRejectionOf(bus.subscribe('order.cancelled', () => {}, { group: 'taken' }));
    await subscription.close();
    expect(error.code).toBe('EVENTBUS_SDK_GROUP_TAKEN');
  });
});

describe('a broker that goes away', () => {
  test('costs neither an event on its way nor a subscriber', async () => {
    const names: (string | null)[] = [];
    const handler = ({ data }: EventOf<'photo.uploaded'>) => names.push(data.filename);
    const subscription = await bus.subscribe('photo.uploaded', handler, { group: 'outliving', from: 'latest' });
    const publish = (filename: string) => bus.publish('photo.uploaded', { photoId: 'p', filename });
    await publish('before');
    await until(() => names.length === 1);
    const restart = await rig.stopBroker();
    const sent = Promise.all(['during 1', 'during 2'].map(publish));
    await restart();
    await sent;
    await publish('after');
    await until(() => names.includes('after'));
    await subscription.close();
    expect([...new Set(names)]).toEqual(['before', 'during 1', 'during 2', 'after']);
  });
});
