import { expect, test } from '@jest/globals';
import { parquetStream } from '../../../../lib/checks/rules/parquet-stream.ts';
import { findings } from '../stack-under-check.ts';

const stream = (changes: Readonly<Record<string, unknown>>, DependsOn: readonly string[] = ['Table']) => ({
  Table: { Type: 'AWS::Glue::Table', Properties: { TableInput: { Name: 'alerts' } } },
  Stream: {
    Type: 'AWS::KinesisFirehose::DeliveryStream',
    DependsOn,
    Properties: {
      MSKSourceConfiguration: { TopicName: 'alerts' },
      ExtendedS3DestinationConfiguration: {
        CompressionFormat: 'UNCOMPRESSED',
        BufferingHints: { SizeInMBs: 128, IntervalInSeconds: 60 },
        Prefix: 'alerts/!{timestamp:yyyy}/',
        ErrorOutputPrefix: 'errors/!{firehose:error-output-type}/',
        ProcessingConfiguration: { Enabled: true },
        DataFormatConversionConfiguration: { SchemaConfiguration: { TableName: 'alerts' } },
        ...changes,
      },
    },
  },
});

test('a stream with a large buffer, a transform, an error prefix and its table before it passes', () => {
  expect(findings(parquetStream, stream({}))).toEqual([]);
  expect(findings(parquetStream, stream({ CompressionFormat: undefined }))).toEqual([]);
});

test('a stream that writes something else than Parquet may be as it likes', () => {
  const plain = { DataFormatConversionConfiguration: undefined, CompressionFormat: 'GZIP', BufferingHints: undefined };
  expect(findings(parquetStream, stream(plain))).toEqual([]);
});

test.each([
  [{ CompressionFormat: 'GZIP' }, /CompressionFormat compression GZIP around Parquet is refused/],
  [{ BufferingHints: { SizeInMBs: 63 } }, /SizeInMBs a buffer of 63 MiB/],
  [{ BufferingHints: undefined }, /SizeInMBs/],
  [{ ErrorOutputPrefix: undefined }, /ErrorOutputPrefix/],
  [{ ProcessingConfiguration: undefined }, /framed Avro/],
])('trap 11: a stream with %j is refused', (changes, message) => {
  expect(findings(parquetStream, stream(changes))).toEqual([expect.stringMatching(message)]);
});

test('trap 11: a stream that does not wait for its table is refused', () => {
  expect(findings(parquetStream, stream({}, []))).toEqual([expect.stringMatching(/wait for its table Table/)]);
});
