import { describe, expect, test } from '@jest/globals';
import type { AvroRecordSchema, AvroSchema } from '../../../src/catalogue/avro-schema.ts';
import { checkReport, isSound, reportText } from '../../../src/cli/schemas/check-report.ts';
import type { VersionCount } from '../../../src/services/dead-letters/letters-by-version.ts';
import { requireTopic } from '../../make/catalogue-entry.ts';

const version = (fields: Readonly<Record<string, AvroSchema>>): AvroRecordSchema => ({
  type: 'record',
  name: 'Trip',
  doc: 'A trip.',
  fields: Object.entries(fields).map(([name, type]) => ({ name, type, doc: 'A field.' })),
});
const v1 = version({ tripId: 'string', distanceKm: 'double' });
const renamed = version({ tripId: 'string', lengthKm: 'double' });
const letters = (schemaVersion: string, count = 23_000): VersionCount[] => [
  { topic: 'fleet.trips.v1', schemaVersion, letters: count },
];

function report(versions: readonly AvroRecordSchema[], counts: readonly VersionCount[] | null) {
  const topic = {
    ...requireTopic('fleet.trips.v1'),
    name: 'fleet.trips.v1',
    subject: 'Trip',
    compatibility: 'none',
  } as const;
  return checkReport({ catalogue: { topics: [topic] }, subjects: { Trip: versions }, letters: counts });
}

describe('a check of schemas', () => {
  test('counts the letters that a new version would leave unreadable, and says why', () => {
    const found = report([v1, renamed], letters('Trip/v1'));
    expect(isSound(found)).toBe(false);
    expect(found.waiting).toMatchObject([{ letters: 23_000, schemaVersion: 'Trip/v1', newest: 2, readable: false }]);
    const text = reportText(found);
    expect(text).toContain('23,000 open letters of fleet.trips.v1 on Trip/v1: NOT readable with Trip/v2');
    expect(text).toContain('lengthKm');
    expect(text).toContain('dlq redrive');
  });

  test('is content with letters that the new version reads, and still counts them', () => {
    const found = report([v1, v1], letters('Trip/v1', 1));
    expect(isSound(found)).toBe(true);
    expect(reportText(found)).toContain('1 open letter of fleet.trips.v1 on Trip/v1: readable with Trip/v2');
  });

  test('says nothing of letters on the newest version, and fails for versions that nobody has', () => {
    expect(report([v1], letters('Trip/v1')).waiting).toEqual([]);
    expect(isSound(report([v1], letters('glue:5b3d1c1e-7a58-5f0a-8a55-0c2f4d9f3b11')))).toBe(false);
    expect(report([v1], letters('Trip/v3')).waiting).toMatchObject([{ reasons: ['only 1 versions are known here'] }]);
  });

  test('says when no letters were counted', () => {
    const found = report([v1, renamed], null);
    expect(isSound(found)).toBe(true);
    expect(reportText(found)).toContain('dead letters were not counted');
  });
});
