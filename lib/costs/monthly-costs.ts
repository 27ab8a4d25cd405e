import type { Catalogue } from '../../src/catalogue/model.ts';
import type { EnvironmentConfig } from '../config.ts';
import { isPricedBroker, prices } from './prices.ts';

/** Hours of a month as AWS counts them. */
export const hoursPerMonth = 730;

const gib = 1024 ** 3;
const secondsPerMonth = hoursPerMonth * 3600;

/** What an environment carries, on average over the month. */
export interface Load {
  readonly eventsPerSecond: number;
  readonly bytesPerEvent: number;
}

export interface CostLine {
  readonly part: string;
  readonly usdPerMonth: number;
  /** What the figure follows from. */
  readonly basis: string;
}

/**
 * Shares that turn events into work. Measured on one machine at 10,000 readings a second where the text says so, assumed
 * elsewhere; each stands in the generated page.
 */
export const assumptions = {
  /** Events that devices gather in one message. */
  eventsPerMessage: 10,
  /** Share of the events that comes by MQTT; the rest comes by gRPC. */
  mqttShare: 0.5,
  /** Bytes written to the cluster for each byte that comes in: raw, cleaned, state, alerts. */
  writeAmplification: 2.2,
  /** Days that a byte stays in the cluster, over its topics: 1 day raw, 7 days cleaned and state. */
  retentionDays: 4.3,
  /** Groups that read each byte: three consumers of cleaned telemetry, one of raw, delivery. */
  readAmplification: 6,
  /** vCPU of all consumers for 10,000 events a second: 1.6 measured, with as much again for invocations that wait. */
  consumerVcpuPer10k: 3.2,
  /** Aurora capacity units for 10,000 events a second, in batches of 2,000 rows. */
  databaseAcuPer10k: 16,
  /** Bytes in Parquet for each byte delivered. */
  parquetShare: 0.2,
  /** Share of the time that the warehouse works: five minutes each half hour. */
  warehouseShare: 1 / 6,
} as const;

/** Cost of one environment by part, for a load; a load of zero events is the idle environment. */
export function monthlyCosts(config: EnvironmentConfig, catalogue: Catalogue, load: Load): readonly CostLine[] {
  const bytesIn = load.eventsPerSecond * load.bytesPerEvent * secondsPerMonth;
  const flow: Flow = {
    load,
    gibIn: bytesIn / gib,
    gibWritten: (bytesIn * assumptions.writeAmplification) / gib,
  };
  return [
    ...clusterCosts(config, flow),
    ...consumerCosts(catalogue, flow),
    ...ingestCosts(config, flow),
    ...storeCosts(config, flow),
    ...commonCosts(flow),
    ...(config.replica === undefined ? [] : replicaCosts(config, flow)),
  ];
}

interface Flow {
  readonly load: Load;
  readonly gibIn: number;
  readonly gibWritten: number;
}

function clusterCosts(config: EnvironmentConfig, { gibWritten }: Flow): readonly CostLine[] {
  const { cluster } = config;
  if (!isPricedBroker(cluster.instanceType)) {
    throw new Error(`lib/costs/prices.ts has no price of the broker ${cluster.instanceType}; add it`);
  }
  const brokers = cluster.brokersPerZone * 3;
  const held = (gibWritten * assumptions.retentionDays * 24) / hoursPerMonth;
  // Express bills the data once, Standard the volumes that hold three copies.
  const storage = cluster.type === 'express' ? held : Math.max(held * 3, brokers * (cluster.storageGibPerBroker ?? 0));
  return [
    {
      part: 'MSK brokers',
      usdPerMonth: brokers * prices.brokerHour[cluster.instanceType] * hoursPerMonth,
      basis: `${brokers} × ${cluster.instanceType}`,
    },
    {
      part: 'MSK storage',
      usdPerMonth: storage * prices.brokerStorageGibMonth,
      basis: `${round(storage)} GiB`,
    },
    {
      part: 'MSK data written',
      usdPerMonth: cluster.type === 'express' ? gibWritten * prices.expressIngressGib : 0,
      basis: cluster.type === 'express' ? `${round(gibWritten)} GiB` : 'Standard brokers: none',
    },
    {
      part: 'MSK private connectivity (Firehose)',
      usdPerMonth: prices.privateConnectivityHour * hoursPerMonth + gibWritten * prices.privateConnectivityGib,
      basis: 'one authentication scheme',
    },
  ];
}

function consumerCosts(catalogue: Catalogue, { load, gibWritten }: Flow): readonly CostLine[] {
  const mapped = catalogue.consumers.filter(({ sinks }) => !sinks.includes('lake'));
  const mappings = mapped.reduce((sum, { topics }) => sum + topics.length, 0);
  const readPerSecond = load.eventsPerSecond * load.bytesPerEvent * assumptions.readAmplification;
  const pollers = Math.max(mappings, Math.ceil(readPerSecond / 5_000_000));
  const units = Math.ceil(pollers / 4);
  const vcpu = (assumptions.consumerVcpuPer10k * load.eventsPerSecond) / 10_000;
  const gbSeconds = vcpu * 1.769 * secondsPerMonth;
  const millionInvocations = (load.eventsPerSecond * assumptions.readAmplification * secondsPerMonth) / 500 / 1e6;
  return [
    {
      part: 'Lambda pollers',
      usdPerMonth: units * prices.pollerUnitHour * hoursPerMonth,
      basis: `${pollers} pollers, ${units} poller units`,
    },
    {
      part: 'Lambda consumers',
      usdPerMonth: gbSeconds * prices.lambdaArmGbSecond + millionInvocations * prices.lambdaMillionRequests,
      basis: `${round(vcpu)} vCPU without pause`,
    },
    {
      part: 'Firehose to Parquet',
      usdPerMonth: gibWritten * (prices.firehoseMskGib + prices.firehoseConversionGib),
      basis: `${round(gibWritten)} GiB`,
    },
  ];
}

function ingestCosts({ gateway }: EnvironmentConfig, { load, gibIn }: Flow): readonly CostLine[] {
  const { mqttShare, eventsPerMessage } = assumptions;
  const millionMessages = (load.eventsPerSecond * mqttShare * secondsPerMonth) / eventsPerMessage / 1e6;
  // A message is counted in steps of 5 KiB.
  const steps = Math.ceil((load.bytesPerEvent * eventsPerMessage) / 5120);
  const grpcGib = gibIn * (1 - mqttShare);
  const task = (gateway.cpu / 1024) * prices.fargateArmVcpuHour + (gateway.memoryMib / 1024) * prices.fargateArmGibHour;
  return [
    {
      part: 'IoT Core',
      usdPerMonth: millionMessages * (steps * prices.iotMillionMessages + prices.iotMillionRuleTriggersAndActions),
      basis: `${round(millionMessages)} million messages of ${steps} × 5 KiB, one rule each`,
    },
    {
      part: 'gRPC gateway on Fargate',
      usdPerMonth: gateway.minTasks * task * hoursPerMonth,
      basis: `${gateway.minTasks} tasks of ${gateway.cpu / 1024} vCPU (one carries far more than 10,000 events/s)`,
    },
    {
      part: 'Load balancer and firewall',
      usdPerMonth:
        prices.loadBalancerHour * hoursPerMonth +
        grpcGib * prices.loadBalancerUnitHour +
        prices.firewallMonth +
        4 * prices.firewallRuleMonth,
      basis: 'one public listener; the realtime gateway and the console add one each',
    },
  ];
}

function storeCosts({ database, warehouse }: EnvironmentConfig, { load, gibWritten }: Flow): readonly CostLine[] {
  const needed = (assumptions.databaseAcuPer10k * load.eventsPerSecond) / 10_000;
  const acu = Math.max(database.minCapacity, needed) + database.readers * database.minCapacity;
  const busyHours = load.eventsPerSecond === 0 ? 0 : hoursPerMonth * assumptions.warehouseShare;
  const parquet = gibWritten * assumptions.parquetShare;
  return [
    {
      part: 'Aurora PostgreSQL',
      usdPerMonth: acu * prices.auroraAcuHour * hoursPerMonth,
      basis: `${round(acu)} ACU on average, storage and I/O not counted`,
    },
    {
      part: 'Database proxy',
      usdPerMonth: Math.max(8, acu) * prices.databaseProxyAcuHour * hoursPerMonth,
      basis: 'billed for at least 8 ACU',
    },
    {
      part: 'Redshift Serverless',
      usdPerMonth: busyHours * warehouse.baseCapacity * prices.redshiftRpuHour,
      basis: `${round(busyHours)} h at ${warehouse.baseCapacity} RPU; idle costs storage only`,
    },
    {
      part: 'S3, each month of data',
      usdPerMonth: parquet * prices.s3GibMonth,
      basis: `${round(parquet)} GiB of Parquet`,
    },
    { part: 'Cache (Valkey)', usdPerMonth: 0.1 * prices.cacheGibHour * hoursPerMonth, basis: 'smallest size, 100 MB' },
  ];
}

function commonCosts({ gibIn }: Flow): readonly CostLine[] {
  return [
    {
      part: 'Interface endpoints',
      usdPerMonth: 5 * 3 * prices.interfaceEndpointHour * hoursPerMonth,
      basis: '5 in 3 zones',
    },
    {
      part: 'Keys, secrets, alarms, dashboard',
      usdPerMonth: 3 * prices.keyMonth + 2 * prices.secretMonth + 100 * prices.alarmMonth + prices.dashboardMonth,
      basis: '3 keys, 2 secrets, about 100 alarms',
    },
    { part: 'Logs', usdPerMonth: (2 + gibIn * 0.002) * prices.logsGib, basis: '2 GiB and 0.2 % of what comes in' },
    {
      part: 'Between zones',
      usdPerMonth: gibIn * (2 / 3) * prices.zoneTransferGib,
      basis: 'two of three clients sit in another zone than the leader; replication is free',
    },
  ];
}

function replicaCosts(config: EnvironmentConfig, flow: Flow): readonly CostLine[] {
  const brokers = clusterCosts(config, { ...flow, gibWritten: 0 }).reduce((sum, line) => sum + line.usdPerMonth, 0);
  const copied = flow.gibWritten;
  return [
    { part: 'Second region: cluster', usdPerMonth: brokers, basis: 'as many brokers' },
    {
      part: 'Second region: replication',
      usdPerMonth:
        prices.replicatorHour * hoursPerMonth +
        copied * (prices.replicatorGib + prices.regionTransferGib + prices.expressIngressGib),
      basis: `at most ${round(copied)} GiB: topics that stay in one region cost nothing here`,
    },
    {
      part: 'Second region: database and buckets',
      usdPerMonth:
        config.database.minCapacity * prices.auroraAcuHour * hoursPerMonth +
        copied * assumptions.parquetShare * (prices.s3GibMonth + prices.regionTransferGib),
      basis: 'one reader at its smallest, Parquet copied',
    },
  ];
}

function round(value: number): string {
  return value.toLocaleString('en', { maximumFractionDigits: value < 10 ? 1 : 0 });
}
