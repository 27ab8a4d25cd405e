/**
 * List prices in USD of the region US East (N. Virginia), the one whose prices AWS quotes in its own examples. Regions
 * differ by up to a quarter (Frankfurt is 10 to 20 % dearer); taxes, support and discounts are left out. They were written
 * down on the given day without the price pages at hand: check the ones that matter to you before you decide by them.
 */
export const pricesNotedOn = '2026-11-21';

export const prices = {
  brokerHour: {
    'kafka.m7g.large': 0.204,
    'kafka.m7g.xlarge': 0.408,
    'express.m7g.large': 0.408,
    'express.m7g.xlarge': 0.816,
    'express.m7g.2xlarge': 1.632,
    'express.m7g.4xlarge': 3.264,
    'express.m7g.8xlarge': 6.528,
    'express.m7g.12xlarge': 9.792,
    'express.m7g.16xlarge': 13.056,
  },
  brokerStorageGibMonth: 0.1,
  /** Data written to Express brokers. */
  expressIngressGib: 0.01,
  privateConnectivityHour: 0.0225,
  privateConnectivityGib: 0.006,
  /** Event poller unit: about four pollers of 5 MB/s each. */
  pollerUnitHour: 0.185,
  lambdaArmGbSecond: 0.0000133334,
  lambdaMillionRequests: 0.2,
  interfaceEndpointHour: 0.01,
  loadBalancerHour: 0.0225,
  /** Load balancer capacity unit: 1 GB an hour. */
  loadBalancerUnitHour: 0.008,
  firewallMonth: 5,
  firewallRuleMonth: 1,
  firewallMillionRequests: 0.6,
  fargateArmVcpuHour: 0.03238,
  fargateArmGibHour: 0.00356,
  auroraAcuHour: 0.12,
  auroraStorageGibMonth: 0.1,
  auroraMillionIo: 0.2,
  databaseProxyAcuHour: 0.015,
  redshiftRpuHour: 0.36,
  redshiftStorageGibMonth: 0.024,
  cacheGibHour: 0.084,
  firehoseMskGib: 0.055,
  firehoseConversionGib: 0.018,
  s3GibMonth: 0.023,
  iotMillionMessages: 0.8,
  iotMillionRuleTriggersAndActions: 0.3,
  keyMonth: 1,
  secretMonth: 0.4,
  alarmMonth: 0.1,
  dashboardMonth: 3,
  logsGib: 0.5,
  /** Between zones, each way counted. */
  zoneTransferGib: 0.02,
  /** Between regions of Europe. */
  regionTransferGib: 0.02,
  replicatorHour: 0.3,
  replicatorGib: 0.08,
} as const;

export type PricedBroker = keyof typeof prices.brokerHour;

export function isPricedBroker(type: string): type is PricedBroker {
  return Object.hasOwn(prices.brokerHour, type);
}
