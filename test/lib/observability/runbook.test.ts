import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { alarmKinds } from '../../../lib/observability/alarm-kinds.ts';

const runbook = readFileSync(join(import.meta.dirname, '..', '..', '..', 'docs', 'runbook.md'), 'utf8');

/** The sections below "Alarms", by the anchor that a reader's browser jumps to. */
function alarmSections(): ReadonlyMap<string, string> {
  const [, alarms = ''] = runbook.split(/^## Alarms$/m);
  const [mine = ''] = alarms.split(/^## /m);
  return new Map(
    mine
      .split(/^### /m)
      .slice(1)
      .map((section) => [section.slice(0, section.indexOf('\n')).toLowerCase().replaceAll(' ', '-'), section]),
  );
}

test('the runbook has a section for each kind of alarm and no other', () => {
  expect([...alarmSections().keys()].sort()).toEqual(Object.keys(alarmKinds).sort());
});

test.each([...alarmSections()])(
  'the section %s says what it means, where to look first, and what mends it',
  (_, section) => {
    const parts = [...section.matchAll(/^- \*\*(.+?):\*\* \S/gm)].map(([, name]) => name);
    expect(parts).toEqual(['Meaning', 'First look', 'Mending']);
  },
);

test('every section that another one names exists', () => {
  const headings = [...runbook.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading.toLowerCase().replaceAll(' ', '-'),
  );
  const named = [...runbook.matchAll(/\]\(#([^)]+)\)/g)].map(([, anchor]) => anchor);
  expect(named.filter((anchor) => !headings.includes(anchor ?? ''))).toEqual([]);
});
