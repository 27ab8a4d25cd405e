import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { dependencyUnavailable, type EventBus, type EventOf, eventRejected } from '../../src/sdk/index.ts';
import { codedRejectionOf } from '../make/coded-error.ts';
import { type SdkRig, startSdkRig, until } from './sdk-rig.ts';

const order = { orderId: 'o-1', customerId: 'c-1', currency: 'EUR', itemsMinor: 1990, totalMinor: 1990 };

let rig: SdkRig;
let bus: EventBus;

beforeAll(async () => {
  rig = await startSdkRig(['photo.events.v1', 'order-events', 'alerts', 'analytics.alerts', 'system.health.v1']);
  bus = rig.bus();
}, 30_000);

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
    const [event] = events;
    expect(event).toMatchObject({
      specversion: '1.0',
      id: published.id,
      source: '//test',
      type: 'photo.uploaded',
      subject: 'p-1',
      dataVersion: '1.0',
      topic: 'photo.events.v1',
      key: 'p-1',
      data: { photoId: 'p-1', userId: 'u-1', filename: 'cat.jpg', thumbnails: [], progress: null },
    });
    expect(published.id).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
    expect(event?.toEnvelope()).toEqual({
      eventId: published.id,
      eventType: 'photo.uploaded',
      timestamp: event?.time,
      source: '//test',
      version: '1.0',
      data: event?.data,
    });
  });
});
