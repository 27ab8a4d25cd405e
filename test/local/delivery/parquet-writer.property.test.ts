import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import type { AvroRecordSchema } from '../../../src/catalogue/avro-schema.ts';
import type { Events, Subject } from '../../../src/catalogue/events.generated.ts';
import { type ColumnType, deliveryStreamName, lakeColumns, valueColumns } from '../../../src/catalogue/lake-columns.ts';
import { schemas } from '../../../src/catalogue/schemas.generated.ts';
import { makeCodec } from '../../../src/codec/codec.ts';
import { makeLakeTransform } from '../../../src/consumers/lake-transform/handler.ts';
import { makeParquetWriter, type ParquetWriter } from '../../../src/local/delivery/parquet-writer.ts';
import { arbitraryValue } from '../../make/arbitrary-event.ts';

const codec = makeCodec();
let folder: string;
let writer: ParquetWriter;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'lake-'));
  writer = await makeParquetWriter({ temporaryDirectory: join(folder, 'tmp') });
});

afterAll(() => {
  writer.close();
  rmSync(folder, { recursive: true, force: true });
});

const subjects = Object.keys(schemas) as Subject[];

test.each(subjects)('any %s comes out of its Parquet file as it went into its record', async (subject) => {
  const schema = schemas[subject].at(-1) as AvroRecordSchema;
  const values = fc.sample(arbitraryValue(schema), { numRuns: 40, seed: 2026 }) as Events[Subject][];
  const transform = makeLakeTransform({ codec, subjectOf: () => subject });
  const { records } = await transform(eventOf(values.map((value) => codec.encode(subject, value))));
  const rows = records.map(({ kafkaRecordValue }) => Buffer.from(kafkaRecordValue, 'base64'));
  const source = join(folder, `${subject}.jsonl`);
  const target = join(folder, `${subject}.parquet`);
  writeFileSync(source, Buffer.concat(rows));
  const result = await writer.write({ source, target, columns: lakeColumns(schema), metadata: { subject } });

  expect(result).toEqual({ rows: values.length, refused: [] });
  const stored = await readBack(target, schema);
  expect(stored).toEqual(values.map((value) => JSON.parse(JSON.stringify(value))));
});

function eventOf(values: readonly Buffer[]) {
  return {
    invocationId: 'test',
    sourceMSKArn: 'arn',
    deliveryStreamArn: `arn/${deliveryStreamName('lake', 'topic')}`,
    region: 'local',
    records: values.map((value, offset) => ({
      recordId: String(offset),
      approximateArrivalTimestamp: 0,
      mskRecordMetadata: { offset: String(offset), partitionId: '0' },
      kafkaRecordValue: value.toString('base64'),
    })),
  };
}

/** The file's values in the order written, in the plain form that the codec uses. */
async function readBack(file: string, schema: AvroRecordSchema): Promise<readonly unknown[]> {
  const columns = valueColumns(schema);
  const plain = columns.map(({ name, type }) => `${plainForm(`"${name}"`, type)} AS "${name}"`).join(', ');
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  const reader = await connection.runAndReadAll(
    `SELECT CAST(to_json(v) AS VARCHAR) AS json FROM (SELECT kafka_offset, ${plain} FROM '${file}') AS v ORDER BY v.kafka_offset`,
  );
  connection.closeSync();
  instance.closeSync();
  return reader.getRows().map(([json]) => {
    const { kafka_offset: _offset, ...value } = JSON.parse(String(json)) as Record<string, unknown>;
    return value;
  });
}

/** SQL that turns instants back into numbers, however deep they lie. */
function plainForm(column: string, type: ColumnType): string {
  if (type.kind === 'timestamp-millis') return `epoch_ms(${column})`;
  if (type.kind === 'timestamp-micros') return `epoch_us(${column})`;
  if (type.kind === 'list') return `list_transform(${column}, lambda one: ${plainForm('one', type.item)})`;
  if (type.kind !== 'struct') return column;
  const fields = type.fields.map(({ name, type: inner }) => `"${name}" := ${plainForm(`${column}."${name}"`, inner)}`);
  return `CASE WHEN ${column} IS NULL THEN NULL ELSE struct_pack(${fields.join(', ')}) END`;
}
