import { expect, test } from '@jest/globals';
import avsc from 'avsc';
import * as fc from 'fast-check';
import type { AvroField, AvroRecordSchema, AvroSchema } from '../../src/catalogue/avro-schema.ts';
import { checkCompatibility } from '../../src/core/compatibility.ts';
import { mutated } from './mutated-schema.ts';

/*
 * Our answer against avsc's own resolver on random schemas and random changes of them. Two differences are meant and
 * left out here: avsc ignores logical types (we refuse a changed one), and it may take a record that already failed
 * inside a union for readable when the same record occurs again (the generator uses every name once).
 */

const fieldNames = ['a', 'b', 'c', 'd'] as const;

interface Draft {
  readonly kind: 'plain' | 'enum' | 'fixed' | 'array' | 'map' | 'optional' | 'record';
  readonly plain: string;
  readonly size: number;
  readonly symbols: readonly string[];
  readonly hasDefault: boolean;
  readonly inner: readonly Draft[];
}

const { draft } = fc.letrec<{ draft: Draft }>((tie) => ({
  draft: fc.record({
    kind: fc.constantFrom('plain', 'plain', 'enum', 'fixed', 'array', 'map', 'optional', 'record'),
    plain: fc.constantFrom('boolean', 'int', 'long', 'float', 'double', 'string', 'bytes'),
    size: fc.integer({ min: 1, max: 3 }),
    symbols: fc.uniqueArray(fc.constantFrom('X', 'Y', 'Z'), { minLength: 1 }),
    hasDefault: fc.boolean(),
    inner: fc.oneof({ maxDepth: 3 }, fc.constant([]), fc.array(tie('draft'), { maxLength: 3 })),
  }),
}));

/** Gives every named type a name of its own: `T` and the way to it. */
function schemaOf(from: Draft, way: string): AvroSchema {
  const child = (index: number) => {
    const inner = from.inner[index];
    return inner === undefined ? 'int' : schemaOf(inner, `${way}${index}`);
  };
  switch (from.kind) {
    case 'plain':
      return from.plain;
    case 'enum': {
      const [first = 'X'] = from.symbols;
      return { type: 'enum', name: `T${way}`, symbols: from.symbols, ...(from.hasDefault ? { default: first } : {}) };
    }
    case 'fixed':
      return { type: 'fixed', name: `T${way}`, size: from.size };
    case 'array':
      return { type: 'array', items: child(0) };
    case 'map':
      return { type: 'map', values: child(0) };
    case 'optional': {
      const inner = child(0);
      return Array.isArray(inner) ? inner : ['null', inner];
    }
    case 'record':
    default:
      return recordOf(from.inner, way);
  }
}

function recordOf(inner: readonly Draft[], way: string): AvroRecordSchema {
  const fields = inner.map((draft, index): AvroField => {
    const type = schemaOf(draft, `${way}${index}`);
    const optional = Array.isArray(type) && draft.hasDefault;
    return { name: fieldNames[index] ?? 'z', type, ...(optional ? { default: null } : {}) };
  });
  return { type: 'record', name: `T${way}`, namespace: 'random', fields };
}

function avscReads(reader: AvroSchema, writer: AvroSchema): boolean {
  const [readerType, writerType] = [reader, writer].map((schema) =>
    avsc.Type.forSchema(schema as unknown as avsc.Schema, { wrapUnions: true }),
  );
  if (readerType === undefined || writerType === undefined) throw new Error('both schemas compile');
  try {
    readerType.createResolver(writerType);
    return true;
  } catch {
    return false;
  }
}

test('a version is called backward compatible exactly when avsc builds a resolver for it', () => {
  const seen = { readable: 0, unreadable: 0 };
  fc.assert(
    fc.property(
      fc.array(draft, { minLength: 1, maxLength: 4 }),
      fc.array(fc.nat(999), { minLength: 3, maxLength: 30 }),
      (drafts, decisions) => {
        const older = recordOf(drafts, '');
        const newer = mutated(older, decisions);
        for (const [reader, writer] of [
          [newer, older],
          [older, newer],
        ] as const) {
          const ours = checkCompatibility('backward', [writer, reader]);
          const theirs = avscReads(reader, writer);
          seen[theirs ? 'readable' : 'unreadable'] += 1;
          expect({ readable: ours.length === 0, ours: theirs ? ours : [] }).toEqual({ readable: theirs, ours: [] });
        }
      },
    ),
    { numRuns: 3_000 },
  );
  // Both answers must be common, or the comparison would prove nothing.
  expect(Math.min(seen.readable, seen.unreadable)).toBeGreaterThan(500);
});
