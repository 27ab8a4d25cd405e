import { describe, expect, test } from '@jest/globals';
import type { AvroRecordSchema } from '../../src/catalogue/avro-schema.ts';
import type { Events, Subject } from '../../src/catalogue/events.generated.ts';
import { makeCodec } from '../../src/codec/codec.ts';
import { derivedSchemaIds } from '../../src/codec/schema-ids.ts';

const subject = 'Door' as Subject;
const state = (...symbols: string[]) => ({ type: 'enum' as const, name: 'State', symbols, default: 'UNKNOWN' });

const v1: AvroRecordSchema = {
  type: 'record',
  name: 'Door',
  namespace: 'test',
  fields: [
    { name: 'id', type: 'string' },
    { name: 'state', type: state('UNKNOWN', 'OPEN', 'CLOSED') },
    { name: 'count', type: 'int' },
    { name: 'gone', type: ['null', 'string'], default: null },
  ],
};
/** Renames with an alias, widens, drops a field, drops a symbol, adds fields with defaults. */
const v2: AvroRecordSchema = {
  ...v1,
  fields: [
    { name: 'added', type: { type: 'array', items: 'string' }, default: ['new'] },
    { name: 'doorId', type: 'string', aliases: ['id'] },
    { name: 'state', type: state('UNKNOWN', 'CLOSED', 'AJAR') },
    { name: 'count', type: 'long' },
  ],
};

const older = makeCodec(derivedSchemaIds, { Door: [v1] });
const newer = makeCodec(derivedSchemaIds, { Door: [v1, v2] });
const write = (value: object) => older.encode(subject, value as unknown as Events[Subject]);

describe('a value of an older version', () => {
  test('is read as the newest one: aliases, wider numbers, defaults, dropped fields', () => {
    const decoded = newer.decode(subject, write({ id: 'd', state: 'CLOSED', count: 7, gone: 'x' }));
    expect(decoded.value).toEqual({ added: ['new'], doorId: 'd', state: 'CLOSED', count: 7 });
    expect(decoded.writer).toEqual({ subject, version: 1 });
  });

  test('has the default symbol in place of one that the newest version does not know', () => {
    const decoded = newer.decode(subject, write({ id: 'd', state: 'OPEN', count: 7, gone: null }));
    expect(decoded.value).toMatchObject({ state: 'UNKNOWN' });
  });

  test('stands beside values of the newest version', () => {
    const value = { added: [], doorId: 'e', state: 'AJAR', count: 1 } as unknown as Events[Subject];
    const decoded = newer.decode(subject, newer.encode(subject, value));
    expect(decoded.value).toEqual(value);
    expect(decoded.writer.version).toBe(2);
  });
});

describe('versions that differ only in their documentation', () => {
  test('share an id and are read as the later one', () => {
    const documented = makeCodec(derivedSchemaIds, { Door: [v1, { ...v1, doc: 'A door.' }] });
    const decoded = documented.decode(subject, write({ id: 'd', state: 'OPEN', count: 7, gone: null }));
    expect(decoded.writer.version).toBe(2);
    expect(decoded.value).toMatchObject({ id: 'd', state: 'OPEN' });
  });
});

test('a version that cannot be read as the newest one is found when the subject is first used', () => {
  const broken = makeCodec(derivedSchemaIds, { Door: [v1, { ...v2, fields: [{ name: 'must', type: 'string' }] }] });
  expect(() => broken.parseJson(subject, {})).toThrow(/must/);
});
