import { describe, expect, test } from '@jest/globals';
import type { Template } from 'aws-cdk-lib/assertions';
import { environments } from '../../../lib/config.ts';
import { catalogue } from '../../../src/catalogue/catalogue.ts';
import { topicOfDeliveryStream } from '../../../src/catalogue/lake-columns.ts';
import type { Consumer } from '../../../src/catalogue/model.ts';
import { schemas } from '../../../src/catalogue/schemas.generated.ts';
import { recordTemplates } from '../record-stacks.ts';
import { waitsFor } from '../template-order.ts';

const { delivery, lake, eventBus } = recordTemplates(environments.dev);
const name = 'vehicle.telemetry.v1';

interface Stream {
  readonly DeliveryStreamName: string;
  readonly DeliveryStreamType: string;
  readonly MSKSourceConfiguration: Readonly<Record<string, unknown>> & { readonly TopicName: string };
  readonly ExtendedS3DestinationConfiguration: Readonly<Record<string, unknown>> & {
    readonly DataFormatConversionConfiguration: {
      readonly SchemaConfiguration: { readonly DatabaseName: string; readonly TableName: string };
    };
  };
}
interface Statement {
  readonly Action: string | readonly string[];
  readonly Resource: unknown;
}

const streams = Object.entries(delivery.findResources('AWS::KinesisFirehose::DeliveryStream')).map(
  ([id, { Properties }]) => ({
    id,
    stream: Properties as Stream,
  }),
);
const streamOf = (topic: string, template: Template = delivery) => {
  const found = Object.values(template.findResources('AWS::KinesisFirehose::DeliveryStream'))
    .map(({ Properties }) => Properties as Stream)
    .find(({ MSKSourceConfiguration }) => MSKSourceConfiguration.TopicName === topic);
  if (found === undefined) throw new Error(`no stream of ${topic}`);
  return found;
};
const policyOf = (topic: string) => {
  const role = JSON.stringify(streamOf(topic).MSKSourceConfiguration);
  const found = Object.entries(delivery.findResources('AWS::IAM::Policy')).find(([, { Properties }]) =>
    (Properties as { Roles: readonly { Ref: string }[] }).Roles.some(({ Ref }) => role.includes(`"${Ref}"`)),
  );
  if (found === undefined) throw new Error(`no policy for ${topic}`);
  return found;
};
const statements = (policyOf(name)[1]['Properties'] as { PolicyDocument: { Statement: readonly Statement[] } })
  .PolicyDocument.Statement;

describe('the delivery streams', () => {
  test('carry one topic each, all that the catalogue brings to the lake, and tell it by their names', () => {
    const topics = catalogue.consumers.find(({ name: consumer }) => consumer === 'lake-transform')?.topics ?? [];
    expect(streams.map(({ stream }) => stream.MSKSourceConfiguration.TopicName).toSorted()).toEqual(
      [...topics].toSorted(),
    );
    for (const { stream } of streams) {
      const arn = `arn:aws:firehose:eu-central-1:123456789012:deliverystream/${stream.DeliveryStreamName}`;
      expect(topicOfDeliveryStream(arn)).toBe(stream.MSKSourceConfiguration.TopicName);
    }
  });

  test('trap 11: read the cluster privately with IAM from its first record on, and the cluster lets Firehose in', () => {
    for (const { stream } of streams) {
      expect(stream.DeliveryStreamType).toBe('MSKAsSource');
      expect(stream.MSKSourceConfiguration).toMatchObject({
        ReadFromTimestamp: '1970-01-01T00:00:00Z',
        AuthenticationConfiguration: { Connectivity: 'PRIVATE' },
      });
    }
    const [cluster] = Object.values(eventBus.findResources('AWS::MSK::Cluster'));
    expect(JSON.stringify(cluster)).toContain(
      '"VpcConnectivity":{"ClientAuthentication":{"Sasl":{"Iam":{"Enabled":true}}}}',
    );
    const [policy] = Object.values(eventBus.findResources('AWS::MSK::ClusterPolicy'));
    expect(JSON.stringify(policy)).toMatch(/"firehose\.amazonaws\.com".*"kafka:CreateVpcConnection"/);
  });

  test('trap 11: compress inside of Parquet and not around it, with a buffer that Firehose takes, and an error prefix', () => {
    for (const { stream } of streams) {
      const topic = stream.MSKSourceConfiguration.TopicName;
      expect(stream.ExtendedS3DestinationConfiguration).toMatchObject({
        CompressionFormat: 'UNCOMPRESSED',
        BufferingHints: { SizeInMBs: 128, IntervalInSeconds: 300 },
        Prefix: `topic=${topic}/dt=!{timestamp:yyyy-MM-dd}/hh=!{timestamp:HH}/`,
        ErrorOutputPrefix: `errors/topic=${topic}/!{firehose:error-output-type}/dt=!{timestamp:yyyy-MM-dd}/`,
        S3BackupMode: 'Disabled',
        DataFormatConversionConfiguration: {
          Enabled: true,
          InputFormatConfiguration: { Deserializer: { OpenXJsonSerDe: { CaseInsensitive: true } } },
          OutputFormatConfiguration: { Serializer: { ParquetSerDe: { Compression: 'SNAPPY' } } },
        },
      });
    }
  });

  test('trap 11: decode frames before the conversion, which reads JSON alone', () => {
    const { ProcessingConfiguration } = streamOf(name).ExtendedS3DestinationConfiguration;
    const parameters = new Map(
      (
        ProcessingConfiguration as {
          Processors: readonly { Parameters: readonly { ParameterName: string; ParameterValue: unknown }[] }[];
        }
      ).Processors[0]?.Parameters.map(({ ParameterName, ParameterValue }) => [ParameterName, ParameterValue]),
    );
    const [transform] = Object.keys(delivery.findResources('AWS::Lambda::Function'));
    expect(parameters.get('LambdaArn')).toEqual({ 'Fn::GetAtt': [transform, 'Arn'] });
    expect(parameters.get('BufferSizeInMBs')).toBe('0.5');
  });

  test('trap 11: convert by a table that another stack has made before', () => {
    const tables = Object.values(lake.findResources('AWS::Glue::Table')).map(
      ({ Properties }) => `${Properties.DatabaseName}.${Properties.TableInput.Name}`,
    );
    for (const { stream } of streams) {
      const { DatabaseName, TableName } =
        stream.ExtendedS3DestinationConfiguration.DataFormatConversionConfiguration.SchemaConfiguration;
      expect(tables).toContain(`${DatabaseName}.${TableName}`);
    }
  });

  test('have a role each, made with its rights before the stream, for one topic, its folders, its table and its log', () => {
    const stream = streams.find(({ stream: { MSKSourceConfiguration } }) => MSKSourceConfiguration.TopicName === name);
    expect(waitsFor(delivery, stream?.id ?? 'none', policyOf(name)[0])).toBe(true);
    const actionsOn = (part: string) =>
      statements
        .filter(({ Resource }) => JSON.stringify(Resource).includes(part))
        .flatMap(({ Action }) => Action)
        .toSorted();
    expect(actionsOn(`/${name}"`)).toEqual([
      'kafka-cluster:DescribeTopic',
      'kafka-cluster:DescribeTopicDynamicConfiguration',
      'kafka-cluster:ReadData',
    ]);
    expect(actionsOn(`/topic=${name}/*`)).toEqual(['s3:AbortMultipartUpload', 's3:GetObject', 's3:PutObject']);
    expect(actionsOn(`/errors/topic=${name}/*`)).toEqual(['s3:AbortMultipartUpload', 's3:GetObject', 's3:PutObject']);
    expect(actionsOn('table/event_bus_dev/vehicle_telemetry_v1"')).toEqual([
      'glue:GetTable',
      'glue:GetTableVersion',
      'glue:GetTableVersions',
    ]);
    expect(actionsOn(`:log-stream:${name}"`)).toEqual(['logs:PutLogEvents']);
    const others = catalogue.topics.filter((topic) => topic.name !== name);
    expect(others.filter((topic) => JSON.stringify(statements).includes(`/${topic.name}"`))).toEqual([]);
    expect(statements.flatMap(({ Action }) => Action).filter((action) => action.includes('*'))).toEqual([]);
  });
});

test('trap 18: no channel carries anything to the lake: it could not write Parquet, and a change of one is another one', () => {
  for (const template of [delivery, lake, eventBus]) expect(template.findResources('AWS::MSK::Channel')).toEqual({});
});

test('two consumers that bring one topic to the lake are refused', () => {
  const consumers = catalogue.consumers.map(
    (consumer): Consumer => (consumer.name === 'timeseries-writer' ? { ...consumer, sinks: ['lake'] } : consumer),
  );
  const declared = { catalogue: { ...catalogue, consumers }, schemas };
  expect(() => recordTemplates(environments.dev, declared)).toThrow(
    'two consumers bring vehicle.telemetry.v1 to the lake; take it out of lake-transform',
  );
});
