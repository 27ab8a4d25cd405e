import { describe, expect, test } from '@jest/globals';
import { type EnvironmentName, environments } from '../../../lib/config.ts';
import { catalogue } from '../../../src/catalogue/catalogue.ts';
import { schemas } from '../../../src/catalogue/schemas.generated.ts';
import { recordTemplates } from '../record-stacks.ts';
import { waitsFor } from '../template-order.ts';

type Properties = Readonly<Record<string, unknown>>;
interface Resource {
  readonly Properties: Properties;
  readonly DeletionPolicy: string;
}
interface Rule {
  readonly Id: string;
  readonly Filter: { readonly Prefix: string };
  readonly Destination: unknown;
}

function lakeOf(name: EnvironmentName) {
  const { lake } = recordTemplates(environments[name]);
  const all = (type: string) =>
    Object.entries(lake.findResources(type)).map(([id, resource]) => ({ id, ...(resource as Resource) }));
  const bucket = (part: string) => {
    const found = all('AWS::S3::Bucket').find(({ id }) => id.startsWith(`Buckets${part}`));
    if (found === undefined) throw new Error(`no bucket ${part}`);
    return found;
  };
  const rules = () => (bucket('Bronze').Properties['ReplicationConfiguration'] as { Rules: readonly Rule[] }).Rules;
  return { lake, all, bucket, rules };
}

const dev = lakeOf('dev');
const prodEu = lakeOf('prod-eu');
const named = ['Bronze', 'Silver', 'Gold', 'Archive', 'Objects', 'Queries'];

describe('the buckets of the lake', () => {
  test('are private, versioned, logged, with our key through bucket keys, and refuse calls without TLS', () => {
    for (const name of named) {
      const { id, Properties } = dev.bucket(name);
      expect(Properties).toMatchObject({
        VersioningConfiguration: { Status: 'Enabled' },
        PublicAccessBlockConfiguration: {
          BlockPublicAcls: true,
          BlockPublicPolicy: true,
          IgnorePublicAcls: true,
          RestrictPublicBuckets: true,
        },
        BucketEncryption: {
          ServerSideEncryptionConfiguration: [
            { BucketKeyEnabled: true, ServerSideEncryptionByDefault: { SSEAlgorithm: 'aws:kms' } },
          ],
        },
        LoggingConfiguration: { LogFilePrefix: `${name.toLowerCase()}/` },
        NotificationConfiguration: { EventBridgeConfiguration: { EventBridgeEnabled: true } },
      });
      const policy = dev
        .all('AWS::S3::BucketPolicy')
        .find(({ Properties: { Bucket } }) => JSON.stringify(Bucket).includes(id));
      expect(JSON.stringify(policy)).toContain('"aws:SecureTransport":"false"');
    }
  });

  test('bring no function of CDK along, which might change every bucket of the account', () => {
    expect(dev.all('AWS::Lambda::Function')).toEqual([]);
  });

  test('trap 22: stay when the stack is deleted where data is to be kept, under ids that are frozen', () => {
    const ids = (of: typeof dev) => of.all('AWS::S3::Bucket').map(({ id }) => id);
    expect(ids(prodEu)).toEqual(ids(dev));
    expect(ids(dev)).toEqual([
      'BucketsAccessLogsA5F88218',
      'BucketsBronze447C368A',
      'BucketsSilverE696512C',
      'BucketsGoldA18DD8B3',
      'BucketsArchiveCE3432CC',
      'BucketsObjectsA6D4B372',
      'BucketsQueries0E94905A',
    ]);
    expect(prodEu.all('AWS::S3::Bucket').map(({ DeletionPolicy }) => DeletionPolicy)).toEqual(Array(7).fill('Retain'));
    expect(dev.all('AWS::S3::Bucket').map(({ DeletionPolicy }) => DeletionPolicy)).toEqual(Array(7).fill('Delete'));
  });

  test('lock the archive as the environment says: against everyone for seven years in production', () => {
    const lockOf = (of: typeof dev) => of.bucket('Archive').Properties['ObjectLockConfiguration'];
    expect(lockOf(prodEu)).toEqual({
      ObjectLockEnabled: 'Enabled',
      Rule: { DefaultRetention: { Mode: 'COMPLIANCE', Days: 7 * 365 } },
    });
    expect(lockOf(dev)).toMatchObject({ Rule: { DefaultRetention: { Mode: 'GOVERNANCE' } } });
    const { Rules } = prodEu.bucket('Archive').Properties['LifecycleConfiguration'] as {
      Rules: readonly { ExpirationInDays?: number }[];
    };
    expect(Math.max(...Rules.map(({ ExpirationInDays = 0 }) => ExpirationInDays))).toBeGreaterThan(7 * 365);
  });

  test('tell a queue of every failed invocation, which may be written to before the bucket is made', () => {
    const { id, Properties } = dev.bucket('Objects');
    const queue = dev.all('AWS::SQS::Queue').find(({ Properties: { RedrivePolicy } }) => RedrivePolicy !== undefined);
    expect(Properties['NotificationConfiguration']).toMatchObject({
      QueueConfigurations: [
        {
          Event: 's3:ObjectCreated:*',
          Filter: { S3Key: { Rules: [{ Name: 'prefix', Value: 'aws/lambda/' }] } },
          Queue: { 'Fn::GetAtt': [queue?.id, 'Arn'] },
        },
      ],
    });
    const policy = dev
      .all('AWS::SQS::QueuePolicy')
      .find(({ Properties: { Queues } }) => JSON.stringify(Queues).includes(queue?.id ?? 'none'));
    expect(waitsFor(dev.lake, id, policy?.id ?? 'none')).toBe(true);
    expect(JSON.stringify(policy)).toContain('"aws:SourceAccount"');
  });
});

const prefixes = (of: typeof dev, purpose: string) =>
  of
    .rules()
    .filter(({ Id }) => Id.startsWith(`${purpose}.`))
    .map(({ Filter }) => Filter.Prefix);

describe('copies of the lake', () => {
  const archived = catalogue.topics.filter(({ archive }) => archive).map(({ name }) => name);
  const leaving = catalogue.topics.filter(({ replication }) => replication === 'in-residency').map(({ name }) => name);
  test('go into the archive for the topics that are to be archived', () => {
    expect(archived.length).toBeGreaterThan(0);
    expect(prefixes(dev, 'archive')).toEqual(archived.map((name) => `topic=${name}/`));
    expect(dev.rules()).toHaveLength(archived.length);
    expect(JSON.stringify(dev.rules()[0]?.Destination)).toContain(dev.bucket('Archive').id);
  });

  test('go to the second region for the topics that may leave the first one, and for no others', () => {
    expect(prefixes(prodEu, 'replica')).toEqual(leaving.map((name) => `topic=${name}/`));
    expect(prefixes(prodEu, 'replica-archive')).toEqual(
      archived.filter((name) => leaving.includes(name)).map((name) => `topic=${name}/`),
    );
    expect(catalogue.topics.length).toBeGreaterThan(leaving.length);
  });

  test('are encrypted there with a key of that region, whose name is read from its own stack', () => {
    const rule = prodEu.rules().find(({ Id }) => Id.startsWith('replica.'));
    expect(rule?.Destination).toMatchObject({
      Bucket: {
        'Fn::GetStackOutput': {
          StackName: 'event-bus-prod-eu-eu-west-1-lake',
          OutputName: 'BronzeArn',
          Region: 'eu-west-1',
        },
      },
      EncryptionConfiguration: {
        ReplicaKmsKeyID: {
          'Fn::GetStackOutput': {
            StackName: 'event-bus-prod-eu-eu-west-1-keys',
            OutputName: 'DataKeyArn',
            Region: 'eu-west-1',
          },
        },
      },
      ReplicationTime: { Status: 'Enabled' },
      Metrics: { Status: 'Enabled' },
    });
    expect(Object.keys(prodEu.lake.toJSON()['Outputs'])).toEqual(expect.arrayContaining(['BronzeArn', 'ArchiveArn']));
  });

  test('keep what is deleted here', () => {
    expect(
      prodEu.rules().filter((rule) => JSON.stringify(rule).includes('"DeleteMarkerReplication":{"Status":"Enabled"}')),
    ).toEqual([]);
  });
});

describe('the tables of the lake', () => {
  const tables = dev.all('AWS::Glue::Table').map(
    ({ Properties }) =>
      Properties['TableInput'] as {
        Name: string;
        StorageDescriptor: { Columns: readonly { Name: string; Type: string }[]; Location: unknown };
        Parameters: Readonly<Record<string, unknown>>;
      },
  );

  test('are one a topic, with a column a field of the newest version of its schema', () => {
    expect(tables).toHaveLength(catalogue.topics.length);
    const table = tables.find(({ Name }) => Name === 'vehicle_telemetry_v1');
    const columns = table?.StorageDescriptor.Columns.map(({ Name }) => Name) ?? [];
    const fields = schemas.VehicleTelemetry.at(-1)?.fields.map(({ name }) => name.toLowerCase()) ?? [];
    expect(columns.slice(-fields.length)).toEqual(fields);
    expect(table?.StorageDescriptor.Columns).toContainEqual({ Name: 'time', Type: 'timestamp' });
  });

  test('find the folders that the streams write without being told of them', () => {
    const parameters = tables.find(({ Name }) => Name === 'vehicle_telemetry_v1')?.Parameters;
    expect(parameters).toMatchObject({
      'projection.enabled': 'true',
      'projection.dt.type': 'date',
      'projection.hh.digits': '2',
    });
    expect(JSON.stringify(parameters?.['storage.location.template'])).toContain(
      '/topic=vehicle.telemetry.v1/dt=${dt}/hh=${hh}/',
    );
  });

  test('are refused for two topics whose names differ only where Athena sees no difference', () => {
    const [topic] = catalogue.topics;
    const twin = { ...topic, name: topic.name.replaceAll('.', '-') };
    const declared = { catalogue: { ...catalogue, topics: [...catalogue.topics, twin] }, schemas };
    expect(() => recordTemplates(environments.dev, declared)).toThrow(
      /would both have the table vehicle_state_v1: rename one/,
    );
  });
});

test('questions go through a workgroup that nobody can go around, with encrypted answers and a limit', () => {
  const [workgroup] = dev.all('AWS::Athena::WorkGroup');
  expect(workgroup?.Properties).toMatchObject({
    Name: 'event-bus-dev',
    WorkGroupConfiguration: {
      EnforceWorkGroupConfiguration: true,
      BytesScannedCutoffPerQuery: 1024 ** 4,
      ResultConfiguration: { EncryptionConfiguration: { EncryptionOption: 'SSE_KMS' } },
    },
  });
});
