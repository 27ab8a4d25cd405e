import { describe, expect, test } from '@jest/globals';
import { catalogue } from '../../src/catalogue/catalogue.ts';
import { bronzeTableName, glueColumns } from '../../src/catalogue/glue-columns.ts';
import { schemas } from '../../src/catalogue/schemas.generated.ts';

const typeOf = (type: unknown) =>
  glueColumns({ type: 'record', name: 'R', fields: [{ name: 'theField', type }] } as Parameters<
    typeof glueColumns
  >[0]).at(-1);

describe('columns of a bronze table in Glue', () => {
  test.each([
    ['string', 'string'],
    ['boolean', 'boolean'],
    ['int', 'int'],
    ['long', 'bigint'],
    ['float', 'float'],
    ['double', 'double'],
    ['bytes', 'string'],
    [{ type: 'long', logicalType: 'timestamp-millis' }, 'timestamp'],
    [{ type: 'long', logicalType: 'timestamp-micros' }, 'bigint'],
    [{ type: 'int', logicalType: 'date' }, 'int'],
    [['null', 'double'], 'double'],
    [['null', 'double', 'string'], 'string'],
    [{ type: 'array', items: 'string' }, 'array<string>'],
    [{ type: 'map', values: 'long' }, 'map<string,bigint>'],
    [
      { type: 'record', name: 'Inner', fields: [{ name: 'innerField', type: { type: 'array', items: 'int' } }] },
      'struct<innerfield:array<int>>',
    ],
  ])('%j is %s, under a name in lower case', (type, expected) => {
    expect(typeOf(type)).toEqual({ name: 'thefield', type: expected });
  });

  test('are distinct for every schema of the catalogue, since Firehose reads names in lower case', () => {
    for (const versions of Object.values(schemas)) {
      const names = glueColumns(versions.at(-1)).map(({ name }) => name);
      expect(new Set(names).size).toBe(names.length);
    }
  });

  test('belong to a table of their own for every topic, with a name that Athena takes', () => {
    const names = catalogue.topics.map(({ name }) => bronzeTableName(name));
    expect(new Set(names).size).toBe(names.length);
    expect(names.filter((name) => !/^[a-z0-9_]+$/.test(name))).toEqual([]);
    expect(bronzeTableName('vehicle.telemetry.v1')).toBe('vehicle_telemetry_v1');
  });
});
