import { expect, test } from '@jest/globals';
import { type AuditRow, isSound, reportOf, reportText } from '../../../src/cli/audit/report.ts';

const row: AuditRow = {
  consumer: 'telemetry-cleaner',
  topic: 'telemetry.raw.v1',
  records: 4_306,
  items: 43_056,
  applied: 42_886,
  copies: 0,
  skipped: { rejected: 160, duplicate: 10 },
  deadLettered: 0,
  missing: 0,
  notReached: 0,
  duplicated: 0,
  examples: [],
};

test('a report with nothing missing and nothing duplicated is sound', () => {
  const report = reportOf([row], []);
  expect(isSound(report)).toBe(true);
  expect(reportText(report)).toContain('telemetry-cleaner skipped of telemetry.raw.v1: rejected 160, duplicate 10');
  expect(reportText(report)).toContain('0 missing, 0 duplicated: every record has exactly one fate.');
});

test('a report names where to look for what is wrong', () => {
  const examples = [
    { partition: 2, offset: 17, item: 3 },
    { partition: 0, offset: 5 },
  ];
  const report = reportOf(
    [
      { ...row, missing: 2, notReached: 1, examples },
      { ...row, duplicated: 1 },
    ],
    ['a note'],
  );
  expect(isSound(report)).toBe(false);
  expect(report).toMatchObject({ missing: 2, duplicated: 1 });
  const text = reportText(report);
  expect(text).toContain('look at partition/offset 2/17#3, 0/5');
  expect(text).toContain('1 not reached yet');
  expect(text).toContain('a note');
  expect(text).toContain('2 missing, 1 duplicated.');
});

test('a report names what the log has lost by damage, and is not sound then', () => {
  const report = reportOf([row], [], [{ topic: 'telemetry.raw.v1', partition: 2, first: 17, last: 26 }]);
  expect(isSound(report)).toBe(false);
  expect(reportText(report)).toContain('telemetry.raw.v1: damaged in the log');
  expect(reportText(report)).toContain('2/17 to 2/26');
  expect(reportText(report)).toContain('0 missing, 0 duplicated, 10 damaged in the log.');
});
