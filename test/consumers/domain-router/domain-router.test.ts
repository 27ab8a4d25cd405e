import { describe, expect, test } from '@jest/globals';
import { makeRouterProcessor, routedEventOf } from '../../../src/consumers/domain-router/processor.ts';
import type { RoutedEvent } from '../../../src/ports/event-router/event-router.ts';
import { codedErrorOf } from '../../make/coded-error.ts';
import { bookingItem, domainEvent, mobilityBatch } from '../../make/mobility-items.ts';
import { may1st } from '../../make/readings.ts';

const signal = new AbortController().signal;

describe('an event that is routed', () => {
  test('has the catalogue’s source and its type for rules, and is a CloudEvent for its target', () => {
    const item = bookingItem(4, 'booking_created', { bookingId: 'b-1' });
    const event = { ...item.event, time: '2026-05-01T08:00:00Z', traceparent: '00-aa-bb-01' };
    expect(routedEventOf({ ...item, event, value: domainEvent({ bookingId: 'b-1' }) })).toEqual({
      source: 'event-bus.mobility',
      detailType: 'booking_created',
      timeMs: may1st,
      resources: ['domain.events/b-1'],
      detail: {
        specversion: '1.0',
        id: 'domain.events-4',
        source: '/test',
        type: 'booking_created',
        time: '2026-05-01T08:00:00.000Z',
        subject: 'b-1',
        traceparent: '00-aa-bb-01',
        datacontenttype: 'application/json',
        data: domainEvent({ bookingId: 'b-1' }),
      },
    });
  });

  test.each([undefined, 'yesterday'])('with the time %j happened when the log took it', (time) => {
    const item = bookingItem(0, 'booking_created');
    const { timeMs } = routedEventOf({ ...item, event: { ...item.event, time }, value: domainEvent() });
    expect(timeMs).toBe(item.timestampMs);
  });

  test('comes from a routed topic', () => {
    const item = { ...bookingItem(0, 'booking_created'), topic: 'veh.events.raw', value: domainEvent() };
    expect(codedErrorOf(() => routedEventOf(item)).code).toBe('EVENTBUS_CONSUMER_CONFIGURATION');
  });
});

describe('a batch', () => {
  test('is handed over whole and in order, with the signal that ends it', async () => {
    const calls: { readonly events: readonly RoutedEvent[]; readonly signal: AbortSignal | undefined }[] = [];
    const router = makeRouterProcessor({
      publish: async (events, options) => {
        calls.push({ events, signal: options?.signal });
      },
    });
    const batch = mobilityBatch([0, 1, 2].map((offset) => bookingItem(offset, 'booking_created')));
    const outcomes = await router.apply(
      { ...batch, items: batch.items.map((item) => ({ ...item, value: domainEvent() })) },
      signal,
    );
    expect(outcomes).toEqual([{ fate: 'applied' }, { fate: 'applied' }, { fate: 'applied' }]);
    expect(calls).toHaveLength(1);
    expect(calls[0]?.signal).toBe(signal);
    expect(calls[0]?.events.map(({ detail }) => 'id' in detail && detail.id)).toEqual(
      [0, 1, 2].map((n) => `domain.events-${n}`),
    );
  });
});
