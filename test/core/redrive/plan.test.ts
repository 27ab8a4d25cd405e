import { describe, expect, test } from '@jest/globals';
import { type KeyOrder, type PlannableLetter, planRedrive, refusalCounts } from '../../../src/core/redrive/plan.ts';

const letter = (offset: number, fields: Partial<PlannableLetter> = {}): PlannableLetter => ({
  id: `letter-${fields.partition ?? 0}-${offset}`,
  consumer: 'window-aggregator',
  topic: 'vehicle.telemetry.v1',
  partition: 0,
  offset,
  key: 'van-7',
  ordered: true,
  keyChanged: false,
  redrives: 0,
  obstacle: null,
  ...fields,
});
const nothing = { openOffsets: new Map(), lastOffsets: new Map(), logStarts: new Map() };
const kept: KeyOrder = { mode: 'kept', ...nothing };
const place = 'window-aggregator/vehicle.telemetry.v1/0/van-7';
const failed = { reason: 'migration-failed', detail: 'it threw' } as const;

function planned(letters: readonly PlannableLetter[], order: KeyOrder = kept, maxRedrives = 3) {
  const { send, refused, reordered } = planRedrive(letters, { order, maxRedrives });
  return {
    send: send.map(({ partition, offset }) => [partition, offset]),
    refused: refused.map(({ letter: { offset }, reason }) => [offset, reason]),
    reordered: reordered.map(({ letter: { offset }, reason }) => [offset, reason]),
  };
}

describe('a redrive', () => {
  test('sends the letters of a partition in the order of the log, however they were selected', () => {
    const letters = [letter(9), letter(2, { partition: 1 }), letter(3), letter(5, { key: 'van-8' })];
    expect(planned(letters).send).toEqual([
      [0, 3],
      [0, 5],
      [0, 9],
      [1, 2],
    ]);
  });

  test('refuses what was redriven as often as is allowed', () => {
    const letters = [letter(1, { redrives: 2, key: 'a' }), letter(2, { redrives: 3, key: 'b' })];
    expect(planned(letters)).toMatchObject({ send: [[0, 1]], refused: [[2, 'redriven-too-often']] });
    expect(planned(letters, kept, 0).send).toEqual([]);
  });

  test('counts refusals by reason, most frequent first', () => {
    const { refused } = planRedrive([letter(1, { redrives: 9 }), letter(2), letter(3)], {
      order: kept,
      maxRedrives: 1,
    });
    expect(Object.entries(refusalCounts(refused))).toEqual([
      ['behind-refused-letter', 2],
      ['redriven-too-often', 1],
    ]);
  });
});

describe('the order of a key', () => {
  test('holds back the letters behind one that is refused, and no other key or partition', () => {
    const letters = [
      letter(1, { obstacle: failed }),
      letter(2),
      letter(3, { key: 'van-8' }),
      letter(4, { partition: 1 }),
    ];
    expect(planned(letters)).toEqual({
      send: [
        [0, 3],
        [1, 4],
      ],
      refused: [
        [1, 'migration-failed'],
        [2, 'behind-refused-letter'],
      ],
      reordered: [],
    });
  });

  test('does not wait for a letter that is closed already', () => {
    const closed = letter(1, { obstacle: { reason: 'closed', detail: 'redriven' } });
    expect(planned([closed, letter(2)])).toMatchObject({ send: [[0, 2]], refused: [[1, 'closed']] });
  });

  test('is broken by an earlier open letter that was not selected, not by a later one', () => {
    const order: KeyOrder = { ...kept, openOffsets: new Map([[place, [2, 8]]]) };
    expect(planned([letter(1)], order).send).toEqual([[0, 1]]);
    expect(planned([letter(5)], order).refused).toEqual([[5, 'behind-open-letter']]);
  });

  test('is broken by a later record of the key in the log', () => {
    const order: KeyOrder = { ...kept, lastOffsets: new Map([[place, 6]]) };
    expect(planned([letter(7)], order).send).toEqual([[0, 7]]);
    expect(planned([letter(5), letter(4, { key: 'van-8' })], order)).toMatchObject({
      send: [[0, 4]],
      refused: [[5, 'later-records']],
    });
  });

  test('is broken by a migration that changes the key', () => {
    expect(planned([letter(5, { keyChanged: true })]).refused).toEqual([[5, 'key-changed']]);
    expect(planned([letter(5, { keyChanged: true, ordered: false })]).send).toEqual([[0, 5]]);
  });

  test('cannot be told when retention has taken what followed', () => {
    const order: KeyOrder = { ...kept, logStarts: new Map([['vehicle.telemetry.v1/0', 10]]) };
    expect(planned([letter(9)], order).send).toEqual([[0, 9]]);
    expect(planned([letter(8)], order).refused).toEqual([[8, 'later-records-unknown']]);
  });

  test('breaks when the caller gives it up, and the plan names the letters', () => {
    const order: KeyOrder = { ...kept, mode: 'given-up', lastOffsets: new Map([[place, 6]]) };
    expect(planned([letter(5)], order)).toEqual({ send: [[0, 5]], refused: [], reordered: [[5, 'later-records']] });
  });

  test('matters neither to a consumer without order nor to a record without key', () => {
    const order: KeyOrder = { ...kept, lastOffsets: new Map([[place, 6]]) };
    expect(planned([letter(5, { ordered: false })], order).send).toEqual([[0, 5]]);
    expect(planned([letter(1, { key: null, obstacle: failed }), letter(2, { key: null })]).send).toEqual([[0, 2]]);
  });

  test('is one of each consumer: the letters of another one are not waited for', () => {
    const letters = [letter(1, { obstacle: failed }), letter(2, { consumer: 'alert-evaluator' })];
    expect(planned(letters)).toMatchObject({ send: [[0, 2]], refused: [[1, 'migration-failed']] });
  });
});
