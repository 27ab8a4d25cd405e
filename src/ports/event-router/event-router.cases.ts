import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { EventRouter, RoutedEvent } from './event-router.ts';

/** What a target of all events receives, without what the router adds. */
export interface SeenEvent {
  readonly source: string;
  readonly 'detail-type': string;
  readonly detail: object;
  readonly resources: readonly string[];
  readonly time: string;
}

/** A router under test and a way to take all events that it has not shown yet. */
export interface EventRouterUnderTest {
  readonly router: EventRouter;
  take(): Promise<readonly SeenEvent[]>;
  close(): Promise<void>;
}

export function eventFor(number: number, fields: Partial<RoutedEvent> = {}): RoutedEvent {
  return {
    source: 'event-bus.test',
    detailType: 'Test happened',
    detail: { number, text: 'quotes “ and \n lines' },
    timeMs: Date.UTC(2026, 10, 21, 12, 0, number % 60),
    resources: [`thing/${number}`],
    ...fields,
  };
}

/** What every event router must do. */
export function eventRouterCases(name: string, start: () => Promise<EventRouterUnderTest>): void {
  describe(`the event router on ${name}`, () => {
    let under: EventRouterUnderTest;
    beforeAll(async () => {
      under = await start();
    });
    afterAll(() => under.close());

    test('routes every event of one call once, whole and in order', async () => {
      const events = Array.from({ length: 25 }, (_, number) => eventFor(number));
      await under.router.publish(events);
      expect(await under.take()).toEqual(
        events.map(({ source, detailType, detail, resources, timeMs }) => ({
          source,
          'detail-type': detailType,
          detail,
          resources,
          time: new Date(timeMs).toISOString().replace('.000Z', 'Z'),
        })),
      );
    });

    test('takes events that together are above the limit of one request', async () => {
      const text = 'x'.repeat(100_000);
      await under.router.publish([1, 2, 3].map((number) => eventFor(number, { detail: { number, text } })));
      const seen = await under.take();
      expect(seen.map(({ detail }) => detail)).toEqual([1, 2, 3].map((number) => ({ number, text })));
    });

    test('takes nothing for no events', async () => {
      await under.router.publish([]);
      expect(await under.take()).toEqual([]);
    });

    test.each([
      ['details of 256 KB', { detail: { text: 'x'.repeat(262_144) } }],
      ['no detail type', { detailType: '' }],
      ['a source of AWS', { source: 'aws.events' }],
      ['no time', { timeMs: Number.NaN }],
    ])('refuses an event with %s, and routes none of its call', async (_name, fields) => {
      await expect(under.router.publish([eventFor(1), eventFor(2, fields)])).rejects.toMatchObject({
        code: 'EVENTBUS_ROUTER_EVENT_INVALID',
        failure: 'poison',
      });
      expect(await under.take()).toEqual([]);
    });
  });
}
