import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { App, Stage } from 'aws-cdk-lib';
import { Bucket, CfnBucket } from 'aws-cdk-lib/aws-s3';
import cdkJson from '../../../cdk.json' with { type: 'json' };
import { BusStack } from '../../../lib/bus-stack.ts';
import { acknowledge } from '../../../lib/checks/acknowledge.ts';
import { addChecks, publicPacks } from '../../../lib/checks/add-checks.ts';
import { environments } from '../../../lib/config.ts';
import { catalogue } from '../../../src/catalogue/catalogue.ts';
import { schemas } from '../../../src/catalogue/schemas.generated.ts';
import { temporaryDirectory } from '../../make/temporary-directory.ts';

const folder = temporaryDirectory();
afterAll(() => folder.remove());

const config = environments['prod-eu'];

/** Synthesises an app with one stack and every check; what they find comes as an error. */
function synthesise(name: string, build: (stack: BusStack) => void): () => void {
  const app = new App({ outdir: join(folder.path, name), context: cdkJson.context, analyticsReporting: false });
  build(new BusStack(new Stage(app, 'stage'), 'stack', { config, site: config.primary }));
  addChecks(app, [config], { catalogue, schemas });
  return () => app.synth();
}

describe('a synthesis', () => {
  test('trap 21: is refused by cdk-nag as a plug-in of the app, naming rule and construct', () => {
    expect(synthesise('open', (stack) => new Bucket(stack, 'Open'))).toThrow(
      /AwsSolutions-S10[\s\S]*stage\/stack\/Open/,
    );
  });

  test('trap 21: passes a pack when the finding is acknowledged in the form of version 3', () => {
    const refused = synthesise('acknowledged', (stack) => {
      acknowledge(new Bucket(stack, 'Open'), 'A bucket of a test that is never deployed anywhere.', 'AwsSolutions-S10');
    });
    expect(refused).not.toThrow(/AwsSolutions-S10/);
  });

  test('is refused for a replica in London although someone acknowledged it', () => {
    const refused = synthesise('london', (stack) => {
      const bucket = new CfnBucket(stack, 'Copied', {
        replicationConfiguration: {
          role: 'arn:aws:iam::111122223333:role/copies',
          rules: [{ status: 'Enabled', destination: { bucket: 'arn:aws:s3:eu-west-2:111122223333:copies' } }],
        },
      });
      acknowledge(bucket, 'Somebody tries to wave it through, which nobody can.', 'event-bus::residency-region');
    });
    expect(refused).toThrow(/points to eu-west-2 \(uk\), outside eu[\s\S]*stage\/stack\/Copied/);
  });

  test('is refused for an invalid property by the validator of CloudFormation', () => {
    const refused = synthesise('invalid', (stack) => {
      new CfnBucket(stack, 'Bucket').addPropertyOverride('VersioningConfiguration', { Status: 5 });
    });
    expect(refused).toThrow(/CloudFormation Validate[\s\S]*VersioningConfiguration|VersioningConfiguration/);
  });
});

test('the packs are AwsSolutions, NIST 800-53 R5, HIPAA, PCI DSS 3.2.1 and Serverless', () => {
  expect(publicPacks(new App()).map(({ name }) => name)).toEqual([
    'AwsSolutions',
    'NIST.800.53.R5',
    'HIPAA.Security',
    'PCI.DSS.321',
    'Serverless',
  ]);
});
