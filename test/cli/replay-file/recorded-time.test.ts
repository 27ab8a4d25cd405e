import { describe, expect, test } from '@jest/globals';
import { profiles } from '../../../src/cli/replay-file/profile.ts';
import { makeTimeReader } from '../../../src/cli/replay-file/recorded-time.ts';

describe('a recorded time as the device would send it', () => {
  test.each([
    ['twizy', '03/29/2021 11:13:45', '2021-03-29T11:13:45+01:00'],
    ['twizy', '7/1/2021 9:03:07', '2021-07-01T09:03:07+01:00'],
    ['twizy', '04/26/2021 14:44:08', '2021-04-26T14:44:08+00:00'],
    ['scada', '01 01 2018 00:10', '2018-01-01T00:10:00+03:00'],
    ['scada', '01 07 2018 00:10', '2018-07-01T00:10:00+03:00'],
    ['bikes', '2023-12-01 04:25:27.813000+00:00', '2023-12-01T04:25:27.813000+00:00'],
    ['bikes', '2023-12-01 04:25:27', '2023-12-01T04:25:27+00:00'],
  ] as const)('%s: %s', (profile, text, expected) => {
    const time = makeTimeReader(profiles[profile].time)(text);
    expect(time).toEqual({ text: expected, ms: Date.parse(expected) });
  });

  test('a date that does not exist keeps the form, and the offset of the clock', () => {
    const read = makeTimeReader(profiles.twizy.time);
    read('04/26/2021 16:04:51');
    expect(read('02/00/2060 16:04:52')).toEqual({ text: '2060-02-00T16:04:52+00:00', ms: null });
    read('03/29/2021 12:08:06');
    expect(read('90/02/2032 12:08:07')).toEqual({ text: '2032-90-02T12:08:07+01:00', ms: null });
    expect(read('02/30/2021 12:08:07').ms).toBeNull();
  });

  test('text of another form is passed on as it is', () => {
    expect(makeTimeReader(profiles.scada.time)('yesterday')).toEqual({ text: 'yesterday', ms: null });
  });
});
