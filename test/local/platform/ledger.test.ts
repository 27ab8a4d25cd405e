import { describe, expect, test } from '@jest/globals';
import { ledgerView } from '../../../src/cli/start/ledger-view.ts';
import { makeLedger } from '../../../src/local/platform/ledger.ts';

const counts = { consumer: 'cleaner', topic: 'raw', applied: 0, skipped: {}, deadLettered: 0, failed: 0, waiting: 0 };

describe('the ledger', () => {
  test('sums each consumer and topic, and skips by reason', () => {
    const ledger = makeLedger();
    ledger.add({ ...counts, applied: 3, skipped: { duplicate: 2 } });
    ledger.add({ ...counts, applied: 1, skipped: { duplicate: 1, rejected: 4 }, deadLettered: 1 });
    ledger.add({ ...counts, topic: 'other', applied: 7 });
    expect(ledger.entries()).toEqual([
      { consumer: 'cleaner', topic: 'other', in: 7, applied: 7, skipped: {}, deadLettered: 0 },
      {
        consumer: 'cleaner',
        topic: 'raw',
        in: 12,
        applied: 4,
        skipped: { duplicate: 3, rejected: 4 },
        deadLettered: 1,
      },
    ]);
  });

  test('counts a record that was handed back only when it is settled', () => {
    const ledger = makeLedger();
    ledger.add({ ...counts, applied: 2, failed: 5 });
    ledger.add({ ...counts, applied: 5 });
    expect(ledger.entries()[0]).toMatchObject({ in: 7, applied: 7 });
  });

  test('is shown with the reasons of the skips', () => {
    const view = ledgerView([
      { consumer: 'cleaner', topic: 'raw', in: 12, applied: 8, skipped: { duplicate: 4 }, deadLettered: 0 },
    ]);
    expect(view).toContain('duplicate 4');
    expect(ledgerView([])).toBe('no record was processed');
  });
});
