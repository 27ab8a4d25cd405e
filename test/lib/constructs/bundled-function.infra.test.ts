import { describe, expect, test } from '@jest/globals';
import { Duration } from 'aws-cdk-lib';
import { BundledFunction, type BundledFunctionProps } from '../../../lib/constructs/bundled-function.ts';
import { type ConstructBench, constructBench, type Resources, statementsOf, synthesised } from '../construct-bench.ts';

type Given = (bench: ConstructBench) => Partial<BundledFunctionProps>;

function made(given: Given = () => ({})) {
  const bench = constructBench();
  const made = new BundledFunction(bench.stack, 'Transform', {
    entry: 'lake-transform',
    description: 'Turns records into rows',
    logsKey: bench.keys.logs,
    logRetentionDays: 7,
    retainData: false,
    ...given(bench),
  });
  return { made, resources: () => synthesised(bench.stack) };
}

const properties = (given: Given = () => ({})) => made(given).resources()('AWS::Lambda::Function')[0]?.Properties;
const actionsOf = (resources: Resources) => statementsOf(resources, /TransformRole/).flatMap(({ Action }) => Action);

describe('a bundled function', () => {
  test('runs on Node 24 and ARM with traces, JSON logs and source maps', () => {
    expect(properties(() => ({ memoryMb: 1024, timeout: Duration.seconds(60) }))).toMatchObject({
      Runtime: 'nodejs24.x',
      Architectures: ['arm64'],
      Handler: 'index.handler',
      MemorySize: 1024,
      Timeout: 60,
      TracingConfig: { Mode: 'Active' },
      LoggingConfig: { LogFormat: 'JSON' },
      Environment: { Variables: { NODE_OPTIONS: '--enable-source-maps' } },
    });
  });

  test('shares the concurrency of the account and stays outside of the network unless told otherwise', () => {
    const usual = properties();
    expect(usual).not.toHaveProperty('ReservedConcurrentExecutions');
    expect(usual).not.toHaveProperty('VpcConfig');
    expect(properties(() => ({ reservedConcurrency: 4 }))).toHaveProperty('ReservedConcurrentExecutions', 4);
  });

  test('trap 20: has a log group of its own from its first deployment on, with a key and a retention', () => {
    const resources = made().resources();
    const [group, ...others] = resources('AWS::Logs::LogGroup');
    expect(others).toEqual([]);
    expect(group?.Properties).toMatchObject({ RetentionInDays: 7, KmsKeyId: expect.anything() });
    expect(resources('AWS::Lambda::Function')[0]?.Properties).toMatchObject({
      LoggingConfig: { LogGroup: { Ref: group?.id } },
    });
    expect(resources('Custom::LogRetention')).toEqual([]);
  });

  test('may write its log and its traces and nothing else, and has no managed policy', () => {
    const resources = made().resources();
    expect(resources('AWS::IAM::Role')[0]?.Properties).not.toHaveProperty('ManagedPolicyArns');
    expect(actionsOf(resources)).toEqual([
      'logs:CreateLogStream',
      'logs:PutLogEvents',
      'xray:PutTelemetryRecords',
      'xray:PutTraceSegments',
    ]);
  });

  test('in the network Lambda makes its interfaces, and the same is denied to its code', () => {
    const resources = made(({ network }) => ({
      vpc: network.vpc,
      securityGroups: [network.access.kafkaClients],
    })).resources();
    const statements = statementsOf(resources, /TransformRole/);
    const interfaces = statements.filter(({ Action }) => Action.includes('ec2:CreateNetworkInterface'));
    expect(interfaces.map(({ Effect, Sid }) => [Effect, Sid])).toEqual([
      ['Allow', 'LambdaMakesInterfaces'],
      ['Deny', 'CodeDoesNot'],
    ]);
    expect(JSON.stringify(interfaces[1]?.Condition)).toContain('lambda:SourceFunctionArn');
    expect(resources('AWS::EC2::SecurityGroup')).toEqual([]);
  });

  test('is refused in the network without a security group', () => {
    expect(() => made(({ network }) => ({ vpc: network.vpc }))).toThrow(/without a security group/);
  });

  test('says which file is missing and what to do when its wiring is not there', () => {
    expect(() => made(() => ({ entry: 'pump-room' }))).toThrow(
      /lambdas\/pump-room\.ts is missing.*write its wiring.*There are .*lake-transform/,
    );
  });
});
