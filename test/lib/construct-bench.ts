import { type App, Stack, Validations } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { type EnvironmentName, environments } from '../../lib/config.ts';
import { KeysStack } from '../../lib/stacks/keys-stack.ts';
import { NetworkStack } from '../../lib/stacks/network-stack.ts';
import { makeTestApp } from './synthesise.ts';

export interface ConstructBench {
  readonly app: App;
  /** Where the construct under test goes. */
  readonly stack: Stack;
  readonly keys: KeysStack;
  readonly network: NetworkStack;
}

/** A stack with an environment's keys and network beside it, which is all that most constructs need. */
export function constructBench(environment: EnvironmentName = 'dev'): ConstructBench {
  const app = makeTestApp();
  Validations.of(app).acknowledge({ id: 'CloudFormation-Validate::W3010', reason: 'as lib/app.ts says' });
  const config = environments[environment];
  const site = config.primary;
  const keys = new KeysStack(app, 'keys', { config, site });
  const network = new NetworkStack(app, 'network', { config, site, logsKey: keys.logs });
  let stack: Stack | undefined;
  return {
    app,
    keys,
    network,
    // Made when it is asked for: tests of whole stacks do without, and a stack without a resource is an error.
    get stack() {
      stack ??= new Stack(app, 'under-test', { env: { region: site.region } });
      return stack;
    },
  };
}

export interface SynthesisedResource {
  readonly id: string;
  readonly Properties: Readonly<Record<string, unknown>>;
  readonly DependsOn?: readonly string[];
  readonly DeletionPolicy?: string;
  readonly UpdateReplacePolicy?: string;
}

/** Resources of a stack by type. */
export type Resources = (type: string) => readonly SynthesisedResource[];

/** Synthesises the stack, so call it once it is complete. */
export function synthesised(stack: Stack): Resources {
  const template = Template.fromStack(stack);
  return (type) =>
    Object.entries(template.findResources(type)).map(([id, resource]) => ({
      id,
      ...(resource as Omit<SynthesisedResource, 'id'>),
    }));
}

/** The same resources for all who ask, synthesised when the first one does. */
export function synthesisedOnce(make: () => Resources): () => Resources {
  let made: Resources | undefined;
  return () => (made ??= make());
}

export interface PolicyStatementJson {
  readonly Sid?: string;
  readonly Effect: string;
  readonly Action: string | readonly string[];
  readonly Resource: unknown;
  readonly Condition?: unknown;
}

/** Statements of the policies whose logical id matches. */
export function statementsOf(resources: Resources, policy: RegExp): readonly PolicyStatementJson[] {
  return resources('AWS::IAM::Policy')
    .filter(({ id }) => policy.test(id))
    .flatMap(
      ({ Properties }) =>
        (Properties['PolicyDocument'] as { readonly Statement: readonly PolicyStatementJson[] }).Statement,
    );
}
