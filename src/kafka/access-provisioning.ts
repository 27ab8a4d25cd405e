import { AppError } from '../core/errors/app-error.ts';
import { type AccessAdmin, writerRules } from './access-rules.ts';

/** What the custom-resource framework is told about a request that succeeded. */
export interface ProvisioningAnswer {
  readonly PhysicalResourceId: string;
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
export function makeClusterAcls(openAdmin: () => AccessAdmin): (event: unknown) => Promise<ProvisioningAnswer> {
  return async (event) => {
    const { type, principal, topics } = aclRequest(event);
    const admin = openAdmin();
    try {
      await admin.setRules(principal, type === 'Delete' ? [] : writerRules(principal, topics));
    } finally {
      await admin.close();
    }
    return { PhysicalResourceId: principal };
  };
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
