import {
  type Acl,
  type AclFilter,
  AclOperations,
  AclPermissionTypes,
  Admin,
  ResourcePatternTypes,
  ResourceTypes,
} from '@platformatic/kafka';
import { clientOptions, type KafkaConnection } from './connection.ts';
import { kafkaFailure } from './kafka-failure.ts';

/** An access-control entry of a cluster, in the numbers of Kafka's protocol. */
export type AccessRule = Acl;

/** What has to happen so that a principal has exactly the rules wanted. */
export interface AccessChanges {
  readonly missing: readonly AccessRule[];
  readonly surplus: readonly AccessRule[];
}

/** Looks after the rules of single principals. Every failure is a coded `AppError` that says what was attempted. */
export interface AccessAdmin {
  /** Every rule of the principal, for example `User:iot`, on any resource. */
  rulesOf(principal: string): Promise<readonly AccessRule[]>;
  /**
   * Gives the principal exactly these rules and takes every other one from it. First adds, then removes, so that what
   * stays allowed is allowed all the time. Can be repeated: says what it changed, nothing the second time.
   */
  setRules(principal: string, wanted: readonly AccessRule[]): Promise<AccessChanges>;
  close(): Promise<void>;
}

export interface AccessAdminOptions {
  readonly connection: KafkaConnection;
  readonly clientId: string;
  /** Attempts after the first of each request. @default 3 */
  readonly retries?: number;
}

/**
 * Rules of a program that writes to these topics and does nothing else. Right to write includes an idempotent
 * producer's id since Kafka 2.8, so no right on the cluster is needed.
 */
export function writerRules(principal: string, topics: readonly string[]): readonly AccessRule[] {
  return [...new Set(topics)].flatMap((resourceName) =>
    [AclOperations.DESCRIBE, AclOperations.WRITE].map((operation) => ({
      resourceType: ResourceTypes.TOPIC,
      resourceName,
      resourcePatternType: ResourcePatternTypes.LITERAL,
      principal,
      host: '*',
      operation,
      permissionType: AclPermissionTypes.ALLOW,
    })),
  );
}

/** What tells the rules that are from the rules that should be. */
export function accessChanges(present: readonly AccessRule[], wanted: readonly AccessRule[]): AccessChanges {
  const presentKeys = new Set(present.map(keyOf));
  const wantedKeys = new Set(wanted.map(keyOf));
  return {
    missing: wanted.filter((rule) => !presentKeys.has(keyOf(rule))),
    surplus: present.filter((rule) => !wantedKeys.has(keyOf(rule))),
  };
}

export function makeAccessAdmin({ connection, clientId, retries = 3 }: AccessAdminOptions): AccessAdmin {
  const admin = new Admin({ ...clientOptions(connection, clientId), retries, retryDelay: 200 });
  const attempt = <T>(what: string, work: Promise<T>): Promise<T> =>
    work.catch((error: unknown) => {
      throw kafkaFailure(error, `${what} at ${connection.bootstrapServers}`);
    });
  const rulesOf = async (principal: string): Promise<readonly AccessRule[]> => {
    const resources = await attempt(
      `reading access rules of ${principal}`,
      admin.describeAcls({ filter: { ...anyRule, principal } }),
    );
    return resources.flatMap(({ acls, ...resource }) => acls.map((acl) => ({ ...resource, ...acl })));
  };
  return {
    rulesOf,
    async setRules(principal, wanted) {
      const changes = accessChanges(await rulesOf(principal), wanted);
      const { missing, surplus } = changes;
      if (missing.length > 0) {
        await attempt(`adding access rules of ${principal}`, admin.createAcls({ creations: [...missing] }));
      }
      if (surplus.length > 0) {
        await attempt(`removing access rules of ${principal}`, admin.deleteAcls({ filters: [...surplus] }));
      }
      return changes;
    },
    close: () => admin.close(),
  };
}

/** Matches every rule of every resource. */
const anyRule: AclFilter = {
  resourceType: ResourceTypes.ANY,
  resourceName: null,
  resourcePatternType: ResourcePatternTypes.ANY,
  principal: null,
  host: null,
  operation: AclOperations.ANY,
  permissionType: AclPermissionTypes.ANY,
};

function keyOf(rule: AccessRule): string {
  const { resourceType, resourceName, resourcePatternType, principal, host, operation, permissionType } = rule;
  return JSON.stringify([resourceType, resourceName, resourcePatternType, principal, host, operation, permissionType]);
}
