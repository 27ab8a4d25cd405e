import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, test } from '@jest/globals';
import { eventFor, eventRouterCases } from '../../src/ports/event-router/event-router.cases.ts';
import { makeEventBridgeRouter } from '../../src/ports/event-router/event-router.eventbridge.ts';
import {
  makeFolderEventRouter,
  oldestPosition,
  readRoutedEvents,
} from '../../src/ports/event-router/event-router.folder.ts';
import { eventRouterFromUrl } from '../../src/ports/event-router/event-router.from-url.ts';
import { eventBridgeClient, startEventBridgeEndpoint } from '../make/eventbridge-endpoint.ts';
import { temporaryDirectory } from '../make/temporary-directory.ts';

eventRouterCases('a folder', async () => {
  const folder = temporaryDirectory();
  let after = 0;
  return {
    router: makeFolderEventRouter({ directory: folder.path }),
    take: async () => {
      const events = readRoutedEvents(folder.path, { after });
      after = events.at(-1)?.position ?? after;
      return events.map(({ event: { source, 'detail-type': type, detail, resources, time } }) => ({
        source,
        'detail-type': type,
        detail,
        resources,
        time,
      }));
    },
    close: async () => folder.remove(),
  };
});

eventRouterCases('EventBridge’s protocol, answered from memory', async () => {
  const bridge = await startEventBridgeEndpoint();
  return {
    router: makeEventBridgeRouter({ eventBus: 'notices', client: bridge.client }),
    take: async () =>
      bridge.taken.splice(0).map(({ Source, DetailType, Detail, Resources, Time }) => ({
        source: Source,
        'detail-type': DetailType,
        detail: JSON.parse(Detail) as object,
        resources: Resources,
        time: new Date(Time * 1000).toISOString().replace('.000Z', 'Z'),
      })),
    close: () => bridge.close(),
  };
});

describe('a router of EventBridge', () => {
  test('names its event bus in each entry, ten entries a request', async () => {
    const bridge = await startEventBridgeEndpoint();
    const router = makeEventBridgeRouter({ eventBus: 'notices', client: bridge.client });
    await router.publish(Array.from({ length: 21 }, (_, number) => eventFor(number)));
    expect(bridge.requests.map((entries) => entries.length)).toEqual([10, 10, 1]);
    expect(new Set(bridge.taken.map(({ EventBusName }) => EventBusName))).toEqual(new Set(['notices']));
    await bridge.close();
  });

  test('sends again only the entries that were refused', async () => {
    const bridge = await startEventBridgeEndpoint();
    bridge.refuseNext = [0, 2];
    await makeEventBridgeRouter({ eventBus: 'b', client: bridge.client }).publish([0, 1, 2].map((n) => eventFor(n)));
    expect(bridge.requests.map((entries) => entries.length)).toEqual([3, 2]);
    expect(bridge.taken.map(({ Resources }) => Resources[0])).toEqual(['thing/1', 'thing/0', 'thing/2']);
    await bridge.close();
  });

  test('that is away is a dependency failure which names it', async () => {
    const client = eventBridgeClient('http://127.0.0.1:1');
    const failed = makeEventBridgeRouter({ eventBus: 'gone', client }).publish([eventFor(1)]);
    await expect(failed).rejects.toMatchObject({ code: 'EVENTBUS_ROUTER_UNAVAILABLE', failure: 'dependency' });
    await expect(failed).rejects.toThrow('event bus gone');
    client.destroy();
  });
});

describe('the folder of events', () => {
  test('keeps them for two weeks, also over a restart', async () => {
    const folder = temporaryDirectory();
    const day = 86_400_000;
    expect(oldestPosition(folder.path)).toBe(1);
    await makeFolderEventRouter({ directory: folder.path, clock: () => 0 }).publish([eventFor(1)]);
    await makeFolderEventRouter({ directory: folder.path, clock: () => 14 * day }).publish([eventFor(2)]);
    expect(readRoutedEvents(folder.path)).toHaveLength(2);
    expect(oldestPosition(folder.path)).toBe(1);
    await makeFolderEventRouter({ directory: folder.path, clock: () => 15 * day }).publish([eventFor(3)]);
    const kept = readRoutedEvents(folder.path).map(({ event }) => event.detail);
    expect(kept).toEqual([expect.objectContaining({ number: 2 }), expect.objectContaining({ number: 3 })]);
    expect(oldestPosition(folder.path)).toBe(2);
    folder.remove();
  });

  test('that cannot be made is a dependency failure', async () => {
    const folder = temporaryDirectory();
    const file = join(folder.path, 'file');
    writeFileSync(file, '');
    await expect(makeFolderEventRouter({ directory: join(file, 'x') }).publish([eventFor(1)])).rejects.toMatchObject({
      code: 'EVENTBUS_ROUTER_UNAVAILABLE',
    });
    folder.remove();
  });
});

describe('the URL of an event router', () => {
  test('names a folder', async () => {
    const folder = temporaryDirectory();
    await eventRouterFromUrl(pathToFileURL(folder.path).href).publish([eventFor(1)]);
    expect(readRoutedEvents(folder.path)).toHaveLength(1);
    folder.remove();
  });

  test.each(['', 'eventbridge:', 'eventbridge://', '/folder', 'https://bus'])('is refused when it is %j', (url) => {
    expect(() => eventRouterFromUrl(url)).toThrow(`got "${url}"`);
  });
});
