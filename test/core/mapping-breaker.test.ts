import { describe, expect, test } from '@jest/globals';
import { consumers } from '../../src/catalogue/consumers.ts';
import {
  breakerLimits,
  breakerStep,
  type Outage,
  outageText,
  parseOutage,
  withSign,
  withTrial,
} from '../../src/core/mapping-breaker.ts';

const minute = 60_000;
const startMs = Date.UTC(2026, 4, 4);
const limits = { openAfterMs: 5 * minute, overAfterMs: 10 * minute };
const at = (minutes: number) => startMs + minutes * minute;
/** What is known after signs at these minutes. */
const afterSigns = (...minutes: readonly number[]) =>
  minutes.reduce<Outage | null>((outage, one) => withSign(outage, at(one)), null);
const stepAt = (minutes: number, state: string, outage: Outage | null) =>
  breakerStep({ state, outage }, limits, at(minutes));

describe('a mapping that is on', () => {
  test('stays on while no invocation ended waiting', () => {
    expect(stepAt(0, 'Enabled', null)).toBe('none');
  });

  test('is switched off when signs of an outage go on for long enough, and not before', () => {
    expect(stepAt(4.9, 'Enabled', afterSigns(0, 1, 2, 3, 4, 4.9))).toBe('none');
    expect(stepAt(5, 'Enabled', afterSigns(0, 1, 2, 3, 4, 5))).toBe('switch-off');
  });

  test('is switched off although signs were lost on the way, or its batches throttled', () => {
    expect(stepAt(6, 'Enabled', afterSigns(0, 1, 6))).toBe('switch-off');
  });

  test('takes no notice of signs that come late or twice', () => {
    expect(afterSigns(3, 3, 1, 2)).toEqual({ sinceMs: at(3), stretchMs: at(3), lastMs: at(3) });
  });

  test('is no longer thought to be in an outage when there was no sign for long', () => {
    expect(stepAt(10.9, 'Enabled', afterSigns(0, 1))).toBe('none');
    expect(stepAt(11, 'Enabled', afterSigns(0, 1))).toBe('forget');
    expect(stepAt(30, 'Enabled', afterSigns(0, 1, 2, 3, 4, 5))).toBe('forget');
  });
});

describe('a mapping that is off', () => {
  const outage = afterSigns(0, 1, 2, 3, 4, 5);

  test('is tried again at the next call, however long ago the last one was', () => {
    expect(stepAt(6, 'Disabled', outage)).toBe('switch-on');
    expect(stepAt(6_000, 'Disabled', outage)).toBe('switch-on');
  });

  test('stays off when somebody else switched it off', () => {
    expect(stepAt(6, 'Disabled', null)).toBe('none');
  });

  test('counts anew once it is on, in the same outage', () => {
    const tried = withTrial(outage as Outage, at(6));
    expect(tried).toEqual({ sinceMs: at(0), stretchMs: null, lastMs: at(6) });
    expect(stepAt(7, 'Enabled', tried)).toBe('none');
    const again = [5.5, 8, 9].reduce((known, one) => withSign(known, at(one)), tried);
    expect(again).toEqual({ sinceMs: at(0), stretchMs: at(8), lastMs: at(9) });
    expect(stepAt(16, 'Enabled', tried)).toBe('forget');
  });
});

test.each(['Creating', 'Enabling', 'Disabling', 'Updating', 'Deleting', ''])(
  'a mapping that is %p is left alone until the change is over',
  (state) => {
    expect(stepAt(6, state, afterSigns(0, 1, 2, 3, 4, 5))).toBe('none');
    expect(stepAt(60, state, afterSigns(0))).toBe('none');
  },
);

test('the mappings of the catalogue are switched off after a quarter of what their retries last', () => {
  // Others have other time limits.
  for (const consumer of consumers.filter(({ timeoutMs }) => timeoutMs === minute)) {
    expect(breakerLimits(consumer)).toEqual({ openAfterMs: 4.725 * minute, overAfterMs: 9.45 * minute });
  }
});

describe('what is known of an outage', () => {
  test('is kept in a tag and read from it', () => {
    for (const outage of [afterSigns(0, 1), withTrial(afterSigns(0) as Outage, at(3))]) {
      expect(parseOutage(outageText(outage as Outage))).toEqual(outage);
    }
  });

  test('fits a tag, in characters that a tag may have', () => {
    const text = outageText(afterSigns(0, 1) as Outage);
    expect(text.length).toBeLessThan(256);
    expect(text).toMatch(/^[\w .:/=+@-]+$/);
  });

  test.each([undefined, '', 'switched off by hand', 'since x counted from - last y'])(
    'is nothing when the tag says %p',
    (text) => {
      expect(parseOutage(text)).toBeNull();
    },
  );
});
