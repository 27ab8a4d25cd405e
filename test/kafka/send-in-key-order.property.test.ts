import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { AppError } from '../../src/core/errors/app-error.ts';
import { sendInKeyOrder } from '../../src/kafka/send-in-key-order.ts';

interface Item {
  readonly topic: string;
  readonly key: string;
  readonly risky: boolean;
  readonly place: number;
  readonly refused: boolean;
}

const items = fc
  .array(
    fc.record({
      topic: fc.constantFrom('t', 'u'),
      key: fc.constantFrom('a', 'b', 'c'),
      risky: fc.boolean(),
      refused: fc.integer({ min: 0, max: 5 }).map((dice) => dice === 0),
    }),
    { maxLength: 40 },
  )
  .map((list): readonly Item[] => list.map((item, place) => ({ ...item, place })));

const refusal = new AppError('EVENTBUS_CODEC_VALUE_INVALID', 'no');
const lane = ({ topic, key }: Item) => `${topic}/${key}`;
const places = (list: readonly Item[]) => list.map(({ place }) => place);

/** A log that takes all of a call or nothing, as one that checks every record first. */
function wholeLog() {
  const log: Item[] = [];
  const send = async (call: readonly Item[]) => {
    if (call.some(({ refused }) => refused)) throw refusal;
    log.push(...call);
  };
  return { log, send };
}

/** A log that refuses single records of a call, as a cluster whose limits are narrower than the program's. */
function pickyLog() {
  const log: Item[] = [];
  const send = async (call: readonly Item[]) => {
    log.push(...call.filter(({ refused }) => !refused));
    if (call.some(({ refused }) => refused)) throw refusal;
  };
  return { log, send };
}

/** What each key ends with: everything before its first refused item, and that one. */
function expected(list: readonly Item[]) {
  const stopped = new Set<string>();
  const sent: number[] = [];
  const refused: number[] = [];
  for (const item of list) {
    if (stopped.has(lane(item))) continue;
    if (item.refused) {
      stopped.add(lane(item));
      refused.push(item.place);
    } else sent.push(item.place);
  }
  return { sent, refused };
}

describe('sending in the order of keys', () => {
  test('sends everything that stands behind no refused item of its key, each once and in order', async () => {
    await fc.assert(
      fc.asyncProperty(items, async (list) => {
        const { log, send } = wholeLog();
        const outcome = await sendInKeyOrder(list, send);
        expect(places(log)).toEqual(places(outcome.sent));
        expect({ sent: places(log), refused: outcome.refused.map(({ item }) => item.place) }).toEqual(expected(list));
      }),
    );
  });

  test('says the same of a log that takes the rest of a refused call; only copies come of it', async () => {
    await fc.assert(
      fc.asyncProperty(items, async (list) => {
        const { log, send } = pickyLog();
        const outcome = await sendInKeyOrder(list, send);
        const { sent, refused } = expected(list);
        expect(places(outcome.sent)).toEqual(sent);
        expect(outcome.refused.map(({ item }) => item.place)).toEqual(refused);
        expect(sent.filter((place) => !places(log).includes(place))).toEqual([]);
      }),
    );
  });

  test('lets nothing of its key pass an item that is known to be risky', async () => {
    await fc.assert(
      fc.asyncProperty(items, async (list) => {
        const { log, send } = pickyLog();
        const known = list.map((item) => ({ ...item, risky: item.risky || item.refused }));
        await sendInKeyOrder(known, send);
        expect(places(log)).toEqual(expected(list).sent);
      }),
    );
  });

  test('ends with the first failure that may pass, whatever was refused before', async () => {
    const list = [0, 1, 2, 3].map((place) => ({ topic: 't', key: 'a', risky: false, place, refused: place === 1 }));
    let calls = 0;
    const away = new AppError('EVENTBUS_KAFKA_UNAVAILABLE', 'away');
    const sending = sendInKeyOrder(list, async () => {
      calls += 1;
      throw calls < 3 ? refusal : away;
    });
    await expect(sending).rejects.toBe(away);
  });
});
