/**
 * What one broker carries. Express: the sustained rates, up to which nothing slows down; the service throttles at half
 * as much again. From the quotas that AWS states for Amazon MSK; they change, so they stand here and nowhere else.
 */
export interface BrokerLimits {
  /** MB/s that clients may write; absent where no rate is promised. */
  readonly ingressMb?: number;
  /** MB/s that clients may read, every consumer group counted; absent where no rate is promised. */
  readonly egressMb?: number;
  /** Partitions a broker should hold at most, copies included. */
  readonly partitions: number;
}

const express = (ingressMb: number, partitions: number): BrokerLimits => ({
  ingressMb,
  // Sustained reading is twice sustained writing for every size.
  egressMb: ingressMb * 2,
  partitions,
});

/** Standard brokers promise no rate: volume and network set it, and CloudWatch shows when it is reached. */
const standard = (partitions: number): BrokerLimits => ({ partitions });

export const brokerLimits: Readonly<Record<string, BrokerLimits>> = {
  'express.m7g.large': express(15.625, 1_000),
  'express.m7g.xlarge': express(31.25, 1_000),
  'express.m7g.2xlarge': express(62.5, 2_500),
  'express.m7g.4xlarge': express(125, 6_000),
  'express.m7g.8xlarge': express(250, 12_000),
  'express.m7g.12xlarge': express(375, 16_000),
  'express.m7g.16xlarge': express(500, 20_000),
  'kafka.m7g.large': standard(1_000),
  'kafka.m7g.xlarge': standard(1_000),
  'kafka.m7g.2xlarge': standard(2_000),
  'kafka.m7g.4xlarge': standard(4_000),
};

export const limits = {
  /** Copies of each partition. */
  replicationFactor: 3,
  /** Zones, over which brokers are spread evenly. */
  zones: 3,
  /** Brokers of a KRaft cluster; more on request. */
  brokersPerCluster: 60,
  /** MB/s of one partition on Express brokers. */
  partitionMb: 15,
  /** MB/s that Firehose reads from one partition. */
  firehosePartitionMb: 10,
  /** MB/s of one event poller. */
  pollerMb: 5,
  /** Invocations side by side of one event poller. */
  pollerInvocations: 5,
  /** Pollers of all mappings in one group. */
  pollersPerGroup: 2_000,
  /** Mappings in one group of pollers. */
  mappingsPerGroup: 100,
  /** Invocations side by side of an account and region, less the 100 that Lambda keeps unreserved; more on request. */
  concurrency: 900,
  /** Messages a second that IoT Core takes from an account in a large region; more on request. */
  iotMessages: 20_000,
} as const;

/** Share of a sustained rate that is planned with; alarms ring at the same mark. */
export const plannedShare = 0.8;
