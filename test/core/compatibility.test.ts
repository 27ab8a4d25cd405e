import { describe, expect, test } from '@jest/globals';
import type { AvroField, AvroRecordSchema, AvroSchema } from '../../src/catalogue/avro-schema.ts';
import { checkCompatibility } from '../../src/core/compatibility.ts';

const record = (...fields: readonly AvroField[]): AvroRecordSchema => ({ type: 'record', name: 'Thing', fields });
const holding = (type: AvroSchema): AvroRecordSchema => record({ name: 'value', type });

/** What keeps a reader of `newer` from reading `older`: path, kind and reason. */
const found = (older: AvroSchema, newer: AvroSchema) =>
  checkCompatibility('backward', [older, newer]).map(({ path, kind, reason }) => [path, kind, reason]);

const id: AvroField = { name: 'id', type: 'string' };
const note: AvroField = { name: 'note', type: ['null', 'string'], default: null };

const enumOf = (symbols: readonly string[], more: { default?: string } = {}): AvroSchema =>
  holding({ type: 'enum', name: 'Colour', symbols, ...more });
const optionalList = (items: AvroSchema): AvroSchema => holding(['null', { type: 'array', items }]);
const named = (name: string, more: Partial<AvroRecordSchema> = {}): AvroRecordSchema => ({
  ...record(id),
  name,
  ...more,
});
const fixed = (size: number, name = 'Hash') => holding({ type: 'fixed', name, size });
const nested = (type: AvroSchema): AvroSchema =>
  holding({
    type: 'map',
    values: { type: 'array', items: { type: 'record', name: 'Part', fields: [{ name: 'size', type }] } },
  });
const tree = (type: AvroSchema): AvroRecordSchema => ({
  ...record({ name: 'weight', type }, { name: 'children', type: { type: 'array', items: 'Thing' } }),
  namespace: 'forest',
});
const decimal = (precision: number, scale: number): AvroSchema => ({
  type: 'bytes',
  logicalType: 'decimal',
  precision,
  scale,
});

describe('the modes', () => {
  const bare = record(id);
  const required = record(id, { name: 'size', type: 'int' });
  const optional = record(id, note);

  test('backward: a new field needs a default, a removed one does not matter', () => {
    expect(checkCompatibility('backward', [bare, required])).toEqual([
      {
        reader: 2,
        writer: 1,
        path: 'Thing.size',
        kind: 'missing-default',
        reason: 'the writer has no such field and the reader has no default for it',
      },
    ]);
    expect(checkCompatibility('backward', [bare, optional])).toEqual([]);
    expect(checkCompatibility('backward', [required, bare])).toEqual([]);
  });

  test('forward: a removed field must have had a default, a new one does not matter', () => {
    expect(checkCompatibility('forward', [required, bare])).toMatchObject([
      { reader: 1, writer: 2, path: 'Thing.size' },
    ]);
    expect(checkCompatibility('forward', [bare, required])).toEqual([]);
    expect(checkCompatibility('forward', [optional, bare])).toEqual([]);
  });

  test('full: both directions', () => {
    expect(checkCompatibility('full', [bare, required])).toMatchObject([{ reader: 2, writer: 1 }]);
    expect(checkCompatibility('full', [required, bare])).toMatchObject([{ reader: 1, writer: 2 }]);
    expect(checkCompatibility('full', [bare, optional])).toEqual([]);
  });

  test('the plain modes compare neighbours, the transitive ones every pair', () => {
    // v1 -> v2 drops the field, v2 -> v3 brings it back with another type: only v1 against v3 breaks.
    const versions = [
      record(id, { name: 'size', type: 'string', default: '' }),
      bare,
      record(id, { name: 'size', type: 'int', default: 0 }),
    ];
    expect(checkCompatibility('full', versions)).toEqual([]);
    expect(checkCompatibility('backward-transitive', versions)).toMatchObject([{ reader: 3, writer: 1 }]);
    expect(checkCompatibility('forward-transitive', versions)).toMatchObject([{ reader: 1, writer: 3 }]);
    expect(checkCompatibility('full-transitive', versions)).toMatchObject([
      { reader: 3, writer: 1 },
      { reader: 1, writer: 3 },
    ]);
  });

  test('none allows everything', () => {
    expect(checkCompatibility('none', [bare, required, holding('int')])).toEqual([]);
  });

  test('a single version and no version obey every mode', () => {
    expect(checkCompatibility('full-transitive', [required])).toEqual([]);
    expect(checkCompatibility('full-transitive', [])).toEqual([]);
  });
});

describe('plain types', () => {
  const wider = [
    ['int', 'long'],
    ['int', 'float'],
    ['int', 'double'],
    ['long', 'float'],
    ['long', 'double'],
    ['float', 'double'],
  ] as const;

  test.each(wider)('%s widens to %s and does not narrow back', (narrow, wide) => {
    expect(found(holding(narrow), holding(wide))).toEqual([]);
    expect(found(holding(wide), holding(narrow))).toEqual([
      ['Thing.value', 'type-change', `the writer's ${wide} cannot be read as ${narrow}`],
    ]);
  });

  test('text and bytes read each other', () => {
    expect(found(holding('string'), holding('bytes'))).toEqual([]);
    expect(found(holding('bytes'), holding('string'))).toEqual([]);
  });

  test('unrelated types do not', () => {
    expect(found(holding('string'), holding('int'))).toHaveLength(1);
    expect(found(holding('boolean'), holding('int'))).toHaveLength(1);
    expect(found(holding({ type: 'array', items: 'int' }), holding('int'))).toEqual([
      ['Thing.value', 'type-change', "the writer's array cannot be read as int"],
    ]);
    expect(found(holding('int'), holding({ type: 'map', values: 'int' }))).toHaveLength(1);
  });
});

describe('enums', () => {
  test('a symbol that the reader does not know needs a default', () => {
    expect(found(enumOf(['RED', 'BLUE', 'GREEN']), enumOf(['RED']))).toEqual([
      ['Thing.value', 'enum-symbols', 'the reader has no default for the symbols BLUE, GREEN of the writer'],
    ]);
    expect(found(enumOf(['RED', 'BLUE']), enumOf(['RED'], { default: 'RED' }))).toEqual([]);
  });

  test('a further symbol of the reader and another order are fine', () => {
    expect(found(enumOf(['RED', 'BLUE']), enumOf(['BLUE', 'RED', 'GREEN']))).toEqual([]);
  });
});

describe('unions', () => {
  test('a value may become optional but not the reverse', () => {
    expect(found(holding('int'), holding(['null', 'int']))).toEqual([]);
    expect(found(holding(['null', 'int']), holding('int'))).toEqual([
      ['Thing.value', 'type-change', "the writer's null cannot be read as int"],
    ]);
  });

  test('a branch that the reader dropped is named', () => {
    expect(found(holding(['null', 'int', 'string']), holding(['null', 'int']))).toEqual([
      ['Thing.value', 'union-branch', "no branch of the reader's union takes the writer's string"],
    ]);
  });

  test('branches may be promoted, reordered and added', () => {
    expect(found(holding(['int', 'null']), holding(['null', 'string', 'double']))).toEqual([]);
  });

  test('what is wrong inside the only branch of a kind is said there', () => {
    expect(found(optionalList('long'), optionalList('int'))).toEqual([
      ['Thing.value[]', 'type-change', "the writer's long cannot be read as int"],
    ]);
  });
});

describe('names', () => {
  test('a renamed field is found through an alias, and counts as missing without', () => {
    const renamed = (aliases: readonly string[]) => record({ name: 'number', type: 'string', aliases });
    expect(found(record(id), renamed(['id']))).toEqual([]);
    expect(found(record(id), renamed([]))).toEqual([['Thing.number', 'missing-default', expect.anything()]]);
  });

  test('an alias that matches beside the name itself is ambiguous', () => {
    const both = record(id, { name: 'number', type: 'string' });
    expect(found(both, record({ name: 'number', type: 'string', aliases: ['id'] }))).toEqual([
      ['Thing.number', 'ambiguous-alias', 'name and aliases match several fields of the writer: id, number'],
    ]);
  });

  test('a renamed record needs an alias; namespaces count', () => {
    expect(found(named('Thing'), named('Item', { aliases: ['Thing'] }))).toEqual([]);
    expect(found(named('Thing'), named('Item'))).toEqual([
      ['Item', 'name-change', 'the reader\'s "Item" has no alias for the writer\'s "Thing"'],
    ]);
    expect(found(named('Thing', { namespace: 'a' }), named('Thing', { namespace: 'b' }))).toHaveLength(1);
    expect(found(named('Thing', { namespace: 'a' }), named('Thing', { namespace: 'b', aliases: ['a.Thing'] }))).toEqual(
      [],
    );
    expect(found(named('a.Thing'), named('Thing', { namespace: 'a' }))).toEqual([]);
  });
});

test('a fixed type must keep its size and name', () => {
  expect(found(fixed(16), fixed(16))).toEqual([]);
  expect(found(fixed(16), fixed(32))).toEqual([
    ['Thing.value', 'fixed-size', 'the reader expects 32 bytes, the writer wrote 16'],
  ]);
  expect(found(fixed(16), fixed(16, 'Digest'))).toEqual([['Thing.value', 'name-change', expect.anything()]]);
});

test('paths lead into nested records, arrays and maps', () => {
  expect(found(nested('long'), nested('int')).map(([path]) => path)).toEqual(['Thing.value{}[].size']);
});

test('a record that refers to itself is compared once', () => {
  expect(found(tree('int'), tree('long'))).toEqual([]);
  expect(found(tree('long'), tree('int')).map(([path]) => path)).toEqual(['Thing.weight']);
});

test('a name that nothing defines is a coded error', () => {
  expect(() => found(holding('Ghost'), holding('int'))).toThrow(
    expect.objectContaining({ code: 'EVENTBUS_CATALOGUE_SCHEMA_INVALID' }),
  );
});

describe('logical types', () => {
  const millis: AvroSchema = { type: 'long', logicalType: 'timestamp-millis' };
  const micros: AvroSchema = { type: 'long', logicalType: 'timestamp-micros' };

  test('must not change, because the value would be read with another meaning', () => {
    expect(found(holding(millis), holding(micros))).toEqual([
      ['Thing.value', 'logical-type', "the reader takes the writer's timestamp-millis value for a timestamp-micros"],
    ]);
  });

  test('must not be added, but may be dropped', () => {
    expect(found(holding('long'), holding(millis))).toEqual([
      ['Thing.value', 'logical-type', "the reader takes the writer's plain value for a timestamp-millis"],
    ]);
    expect(found(holding(millis), holding('long'))).toEqual([]);
  });

  test('a decimal keeps its scale and does not lose digits', () => {
    expect(found(holding(decimal(9, 2)), holding(decimal(12, 2)))).toEqual([]);
    expect(found(holding(decimal(9, 2)), holding(decimal(9, 3)))).toEqual([
      ['Thing.value', 'logical-type', expect.anything()],
    ]);
    expect(found(holding(decimal(9, 2)), holding(decimal(8, 2)))).toEqual([
      ['Thing.value', 'logical-type', expect.anything()],
    ]);
  });
});
