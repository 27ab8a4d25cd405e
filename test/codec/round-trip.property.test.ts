import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import type { AvroRecordSchema } from '../../src/catalogue/avro-schema.ts';
import type { Events, Subject } from '../../src/catalogue/events.generated.ts';
import { schemas } from '../../src/catalogue/schemas.generated.ts';
import { makeCodec } from '../../src/codec/codec.ts';
import { derivedSchemaIds } from '../../src/codec/schema-ids.ts';
import { arbitraryValue } from '../make/arbitrary-event.ts';

const codec = makeCodec();
const subjects = Object.keys(schemas) as Subject[];

/** Decoded records have a class of their own, and JSON has no negative zero. */
const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

function arbitraryEvent(subject: Subject): fc.Arbitrary<Events[Subject]> {
  return arbitraryValue(newest(subject)) as fc.Arbitrary<Events[Subject]>;
}

function newest(subject: Subject): AvroRecordSchema {
  return schemas[subject].at(-1) as AvroRecordSchema;
}

describe.each(subjects)('%s', (subject) => {
  test('comes back from Avro as it was, compressed or not', () => {
    fc.assert(
      fc.property(arbitraryEvent(subject), fc.constantFrom('none' as const, 'zlib' as const), (value, compression) => {
        const decoded = codec.decode(subject, codec.encode(subject, value, { compression }));
        expect(decoded.writer).toEqual({ subject, version: schemas[subject].length });
        expect({ ...decoded.value }).toEqual(value);
      }),
      { numRuns: 40 },
    );
  });

  test('comes back from JSON as it was', () => {
    fc.assert(
      fc.property(arbitraryEvent(subject), (value) => {
        expect(plain(codec.parseJson(subject, plain(value)))).toEqual(plain(value));
      }),
      { numRuns: 40 },
    );
  });

  test('is read as the newest version whatever version it was written with', () => {
    for (const [index, written] of schemas[subject].entries()) {
      // A codec that knows only the versions up to this one writes it.
      const older = makeCodec(derivedSchemaIds, { [subject]: schemas[subject].slice(0, index + 1) });
      fc.assert(
        fc.property(arbitraryValue(written), (value) => {
          const decoded = codec.decode(subject, older.encode(subject, value as Events[Subject]));
          expect(decoded.writer.version).toBeGreaterThanOrEqual(index + 1);
          expect(Object.keys(decoded.value)).toEqual(newest(subject).fields.map(({ name }) => name));
        }),
        { numRuns: 20 },
      );
    }
  });
});
