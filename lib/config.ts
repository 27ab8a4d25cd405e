import { dayMs } from '../src/catalogue/duration.ts';
import { type Region, regions } from './regions.ts';

/** One region of an environment. */
export interface RegionConfig {
  readonly region: Region;
  /** `primary` takes the traffic; `replica` holds copies and takes over when the primary is lost. */
  readonly role: 'primary' | 'replica';
  /** Three zones; @default - the region's, see `regions.ts` */
  readonly zones: readonly [string, string, string];
  /** Address range of the network, /16 to /20; ranges of one environment's regions must not overlap. */
  readonly cidr: string;
}

/** Brokers of an environment. Sizes and limits: `lib/checks/capacity`. */
export interface ClusterConfig {
  readonly type: 'express' | 'standard';
  /** Size of a broker, for example `express.m7g.large`, as in the MSK price list. */
  readonly instanceType: string;
  readonly brokersPerZone: number;
  readonly kafkaVersion: KafkaVersion;
  /** GiB of EBS a broker starts with; Standard only, Express manages its own. */
  readonly storageGibPerBroker?: number;
  /** Longest time that the cluster keeps records, ms; what a topic keeps beyond it lies in the lake. */
  readonly maxRetentionMs: number;
  /**
   * Whether the brokers take private connections from outside of the network, which delivery to the lake and copying to
   * another region need. Should MSK refuse it while it creates a cluster, deploy the stack `event-bus` with false first,
   * then everything with true. @default true
   */
  readonly multiVpc?: boolean;
  /**
   * Users that IoT Core may log in as; it takes the last. A password is changed by adding a user, deploying, and removing
   * the one before. @default - one user, `iot`
   */
  readonly iotUsers?: readonly [string, ...string[]];
}

/** Versions that MSK offers with KRaft for the broker types used here; a wrong one is found only when it is deployed. */
export type KafkaVersion = '3.9.x.kraft';

export interface EnvironmentConfig {
  readonly name: EnvironmentName;
  readonly primary: RegionConfig;
  readonly replica?: RegionConfig;
  /**
   * Where the traffic is: the functions, services and rules of that region are deployed, and of no other. `replica`
   * after a failover, see the runbook.
   * @default primary
   */
  readonly serving?: RegionConfig['role'];
  /** Legal area that no data of the environment may leave; absent where none is demanded. */
  readonly residency?: 'eu';
  /** Whether deleting a stack leaves its data: clusters, buckets, databases, keys, topics, schemas. */
  readonly retainData: boolean;
  readonly cluster: ClusterConfig;
  readonly database: {
    /** Aurora capacity units, at least 0.5: the proxy keeps the cluster from pausing. */
    readonly minCapacity: number;
    readonly maxCapacity: number;
    readonly readers: number;
    readonly backupRetentionDays: number;
  };
  readonly warehouse: {
    /** Redshift processing units: 8 to 1024. */
    readonly baseCapacity: number;
    readonly maxCapacity: number;
  };
  readonly gateway: {
    /** vCPU in 1/1024. */
    readonly cpu: number;
    readonly memoryMib: number;
    readonly minTasks: number;
    readonly maxTasks: number;
  };
  readonly logRetentionDays: 7 | 30 | 90 | 365;
  /**
   * Whether the environment holds what exists once an account and region: IoT Core's logging and its audit. When several
   * environments share both, all but one say false.
   * @default true
   */
  readonly accountWide?: boolean;
  /**
   * Years that the archive's object lock keeps what no one may delete. `governance` can be lifted by a privileged
   * principal, `compliance` by no one, not even the root user.
   */
  readonly archive: { readonly years: number; readonly mode: 'governance' | 'compliance' };
  /** Events per second that the whole bus is sized for; `lib/checks/capacity` spreads them over the topics. */
  readonly expectedEventsPerSecond: number;
}

export type EnvironmentName = 'dev' | 'staging' | 'prod' | 'prod-eu';

const express = {
  type: 'express',
  brokersPerZone: 1,
  kafkaVersion: '3.9.x.kraft',
  maxRetentionMs: 90 * dayMs,
} as const;

const production = {
  retainData: true,
  cluster: { ...express, instanceType: 'express.m7g.xlarge' },
  database: { minCapacity: 2, maxCapacity: 64, readers: 1, backupRetentionDays: 35 },
  warehouse: { baseCapacity: 32, maxCapacity: 128 },
  gateway: { cpu: 2048, memoryMib: 4096, minTasks: 3, maxTasks: 30 },
  logRetentionDays: 365,
  archive: { years: 7, mode: 'compliance' },
  expectedEventsPerSecond: 10_000,
} as const;

export const environments: Readonly<Record<EnvironmentName, EnvironmentConfig>> = {
  dev: {
    name: 'dev',
    primary: primary('eu-central-1', '10.10.0.0/16'),
    retainData: false,
    cluster: { ...express, type: 'standard', instanceType: 'kafka.m7g.large', storageGibPerBroker: 100 },
    database: { minCapacity: 0.5, maxCapacity: 4, readers: 0, backupRetentionDays: 7 },
    warehouse: { baseCapacity: 8, maxCapacity: 16 },
    gateway: { cpu: 512, memoryMib: 1024, minTasks: 1, maxTasks: 2 },
    logRetentionDays: 7,
    archive: { years: 7, mode: 'governance' },
    expectedEventsPerSecond: 100,
  },
  staging: {
    name: 'staging',
    primary: primary('eu-central-1', '10.20.0.0/16'),
    retainData: true,
    cluster: { ...express, instanceType: 'express.m7g.large' },
    database: { minCapacity: 0.5, maxCapacity: 16, readers: 1, backupRetentionDays: 14 },
    warehouse: { baseCapacity: 8, maxCapacity: 32 },
    gateway: { cpu: 1024, memoryMib: 2048, minTasks: 2, maxTasks: 6 },
    logRetentionDays: 30,
    archive: { years: 7, mode: 'governance' },
    expectedEventsPerSecond: 2_000,
  },
  prod: {
    name: 'prod',
    primary: primary('eu-central-1', '10.30.0.0/16'),
    ...production,
  },
  'prod-eu': {
    name: 'prod-eu',
    primary: primary('eu-central-1', '10.40.0.0/16'),
    replica: { ...primary('eu-west-1', '10.41.0.0/16'), role: 'replica' },
    residency: 'eu',
    ...production,
  },
};

function primary(region: Region, cidr: string): RegionConfig {
  return { region, role: 'primary', zones: regions[region].zones, cidr };
}

/** The region of an environment that has the traffic. */
export function servingSite({ primary, replica, serving }: EnvironmentConfig): RegionConfig {
  return serving === 'replica' && replica !== undefined ? replica : primary;
}

/** Whether a region of an environment has the traffic. */
export function serves(config: EnvironmentConfig, { role }: RegionConfig): boolean {
  return servingSite(config).role === role;
}

/** The configuration with its primary region replaced, as `-c region=` asks. */
export function inRegion(config: EnvironmentConfig, region: Region): EnvironmentConfig {
  return { ...config, primary: { ...config.primary, region, zones: regions[region].zones } };
}

/** Name of the stage of an environment in one of its regions. */
export function stageName({ name }: EnvironmentConfig, { region }: RegionConfig): string {
  return `event-bus-${name}-${region}`;
}
