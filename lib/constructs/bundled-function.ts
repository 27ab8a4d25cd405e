import { AssetHashType, DockerImage, Duration } from 'aws-cdk-lib';
import type { ISecurityGroup, IVpc } from 'aws-cdk-lib/aws-ec2';
import type { Role } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import {
  Architecture,
  AssetCode,
  type Code,
  type FunctionOptions,
  Function as LambdaFunction,
  LoggingFormat,
  Runtime,
  Tracing,
} from 'aws-cdk-lib/aws-lambda';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import { bundleFunction, functionFile, lambdasFolder } from '../bundling/function-bundle.ts';
import { assertBundle } from '../checks/bundles.ts';
import { removalPolicyOf } from '../removal-policy.ts';
import { functionRole } from './function-role.ts';

export interface BundledFunctionProps {
  /** Name of the file in `lambdas` that holds the wiring and exports `handler`. */
  readonly entry: string;
  readonly description: string;
  /** Only where something outside of the stack knows the function by its name. @default - CloudFormation chooses one */
  readonly functionName?: string;
  /** Encrypts the log. */
  readonly logsKey: IKey;
  readonly logRetentionDays: number;
  /** Whether deleting the stack leaves the log. */
  readonly retainData: boolean;
  /** MiB, 128 to 10,240; the share of a processor grows with it. @default 512 */
  readonly memoryMb?: number;
  /** @default 30 seconds */
  readonly timeout?: Duration;
  /** Variables of `src/catalogue/environment.ts`. @default - none */
  readonly environment?: Readonly<Record<string, string>>;
  /**
   * Network whose private subnets the function gets an address in.
   * @default - the function runs outside of the network and reaches AWS services only
   */
  readonly vpc?: IVpc;
  /** Groups of `NetworkAccess`, which holds their rules; at least one with `vpc`. @default - none */
  readonly securityGroups?: readonly ISecurityGroup[];
  /**
   * Role that exists already, where its name is needed before the function is there.
   * @default - a role of its own
   */
  readonly role?: Role;
  /** Invocations side by side at most, kept aside for this function. @default - the account's common pool */
  readonly reservedConcurrency?: number;
}

/**
 * A function made from one file of `lambdas`: Node 24 on ARM, bundled as one module, with a log group, traces and a role
 * of its own that may do nothing but write both until something is granted.
 */
export class BundledFunction extends LambdaFunction {
  /** Name of the file in `lambdas`. */
  readonly entry: string;
  /** The function's role, which is its alone. */
  readonly ownRole: Role;

  constructor(scope: Construct, id: string, props: BundledFunctionProps) {
    const logGroup = new LogGroup(scope, `${id}Logs`, {
      encryptionKey: props.logsKey,
      retention: props.logRetentionDays,
      removalPolicy: removalPolicyOf(props),
    });
    const { description } = props;
    const inNetwork = props.vpc !== undefined;
    const role = props.role ?? functionRole(scope, `${id}Role`, { description, logGroup, inNetwork });
    if (props.role !== undefined) logGroup.grantWrite(props.role);
    super(scope, id, {
      description,
      ...(props.functionName === undefined ? {} : { functionName: props.functionName }),
      code: codeOf(props.entry),
      handler: 'index.handler',
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      memorySize: props.memoryMb ?? 512,
      timeout: props.timeout ?? Duration.seconds(30),
      environment: { NODE_OPTIONS: '--enable-source-maps', ...props.environment },
      role,
      logGroup,
      loggingFormat: LoggingFormat.JSON,
      tracing: Tracing.ACTIVE,
      ...(props.reservedConcurrency === undefined ? {} : { reservedConcurrentExecutions: props.reservedConcurrency }),
      ...placeOf(id, props),
    });
    this.entry = props.entry;
    this.ownRole = role;
  }
}

function placeOf(id: string, { vpc, securityGroups = [] }: BundledFunctionProps): Partial<FunctionOptions> {
  if (vpc === undefined) return {};
  if (securityGroups.length === 0) {
    throw new Error(
      `function ${id} is in the network without a security group; pass the groups of NetworkAccess it needs`,
    );
  }
  return { vpc, vpcSubnets: { subnetGroupName: 'private' }, securityGroups: [...securityGroups] };
}

/** The bundle of a function as an asset; where bundling is off, as in tests, the folder of all functions stands for it. */
function codeOf(entry: string): Code {
  // Also where nothing is bundled, so that every synthesis tells of a missing file.
  functionFile(entry);
  return new AssetCode(lambdasFolder, {
    assetHashType: AssetHashType.OUTPUT,
    bundling: {
      // Never used: the bundler runs on this machine. The command tells the assets of the functions apart.
      image: DockerImage.fromRegistry('none'),
      command: [entry],
      local: {
        tryBundle(folder: string) {
          assertBundle(entry, bundleFunction(entry, folder));
          return true;
        },
      },
    },
  });
}
