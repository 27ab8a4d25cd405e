import { AppError } from '../core/errors/app-error.ts';
import { type AccessAdmin, type AccessRule, writerRules } from './access-rules.ts';

/** What the custom-resource framework is told about a request that succeeded. */
export interface ProvisioningAnswer {
  readonly PhysicalResourceId: string;
}

export interface ClusterAclsOptions {
  readonly openAdmin: () => AccessAdmin;
  /** Pause between two attempts. */
  readonly wait: () => Promise<void>;
  /** @default 10 */
  readonly attempts?: number;
}

/** What CloudFormation asks for: which principal may write to which topics. */
interface AclRequest {
  readonly type: 'Create' | 'Update' | 'Delete';
  readonly principal: string;
  readonly topics: readonly string[];
}

/**
 * Keeps the access rules of one principal as a stack declares them. The principal is the resource's physical id, so
 * another name is another resource: CloudFormation creates the new one and then deletes the old one's rules.
 */
export function makeClusterAcls(options: ClusterAclsOptions): (event: unknown) => Promise<ProvisioningAnswer> {
  return async (event) => {
    const { type, principal, topics } = aclRequest(event);
    const wanted = type === 'Delete' ? [] : writerRules(principal, topics);
    await patiently(options, () => setRules(options.openAdmin(), principal, wanted));
    return { PhysicalResourceId: principal };
  };
}

async function setRules(admin: AccessAdmin, principal: string, wanted: readonly AccessRule[]): Promise<void> {
  try {
    await admin.setRules(principal, wanted);
  } finally {
    await admin.close();
  }
}

/** Right after a cluster and a role are made, names are not yet known everywhere and rights not yet in force. */
async function patiently({ attempts = 10, wait }: ClusterAclsOptions, work: () => Promise<void>): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work();
    } catch (error) {
      const mayPass = error instanceof AppError && error.failure !== 'poison';
      if (!mayPass || attempt >= attempts) throw error;
      await wait();
    }
  }
}

function aclRequest(event: unknown): AclRequest {
  const { RequestType: type, ResourceProperties: properties, PhysicalResourceId: id } = fieldsOf(event);
  const { principal: declared, topics } = fieldsOf(properties);
  if (type !== 'Create' && type !== 'Update' && type !== 'Delete') throw unexpected('RequestType', type);
  // A deletion speaks of what was made, not of what the template says now.
  const principal = type === 'Delete' ? id : declared;
  if (typeof principal !== 'string' || !/^User:.+/.test(principal)) throw unexpected('principal', principal);
  if (!isListOfText(topics)) throw unexpected('topics', topics);
  return { type, principal, topics };
}

function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
}

function isListOfText(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string' && item !== '');
}

function unexpected(field: string, got: unknown): AppError {
  return new AppError('EVENTBUS_KAFKA_ACCESS_REQUEST_INVALID', `${field} is ${JSON.stringify(got)}`);
}
