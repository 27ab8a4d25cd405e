import { describe, expect, test } from '@jest/globals';
import { brokerLimits, limits } from '../../../../lib/checks/capacity/broker-limits.ts';
import { type CapacityInput, capacity, exceeded } from '../../../../lib/checks/capacity/capacity.ts';
import { capacityOfEnvironment } from '../../../../lib/checks/capacity/capacity-page.ts';
import { planFor } from '../../../../lib/checks/capacity/plan.ts';
import { topicLoads } from '../../../../lib/checks/capacity/topic-load.ts';
import { environments } from '../../../../lib/config.ts';
import { catalogue } from '../../../../src/catalogue/catalogue.ts';
import { traffic } from '../../../../src/catalogue/traffic.ts';
import { environmentNames } from '../../assembly.ts';

const prod: CapacityInput = {
  catalogue,
  cluster: environments.prod.cluster,
  eventsPerSecond: 10_000,
  replicated: false,
};

const needed = (what: string, input: CapacityInput) =>
  capacity(input).find((row) => row.what === what)?.needed ?? Number.NaN;
const tooMuch = (input: CapacityInput) => exceeded(capacity(input)).map(({ what }) => what);

const readers = (topic: string, replicated: boolean) =>
  topicLoads(catalogue, { eventsPerSecond: 1, replicated }).find((load) => load.topic.name === topic)?.readers;

describe('the traffic table', () => {
  test('spreads exactly the events that come from outside over their topics, 1 KiB each', () => {
    const sources = Object.values(traffic).filter(({ bytes }) => bytes === 1_024);
    expect(sources.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1, 9);
  });

  test('lists every topic; one that it does not list counts a little', () => {
    expect(Object.keys(traffic).sort()).toEqual(catalogue.topics.map(({ name }) => name).sort());
    const added = { ...catalogue, topics: [...catalogue.topics, { ...catalogue.topics[0], name: 'added.topic.v1' }] };
    const load = topicLoads(added, { eventsPerSecond: 10_000, replicated: false }).at(-1);
    expect(load?.eventsPerSecond).toBe(10);
  });
});

describe('readers', () => {
  test('are every consumer group, the delivery to the lake, and the copy to the second region', () => {
    expect(readers('vehicle.telemetry.v1', false)).toBe(6);
    expect(readers('vehicle.telemetry.v1', true)).toBe(7);
    expect(readers('telemetry.raw.v1', true)).toBe(2);
  });
});

describe('limits', () => {
  test('are those that AWS states for Express brokers', () => {
    expect(brokerLimits['express.m7g.large']).toEqual({ ingressMb: 15.625, egressMb: 31.25, partitions: 1_000 });
    expect(brokerLimits['express.m7g.2xlarge']).toEqual({ ingressMb: 62.5, egressMb: 125, partitions: 2_500 });
    expect(brokerLimits['express.m7g.16xlarge']).toEqual({ ingressMb: 500, egressMb: 1_000, partitions: 20_000 });
    expect(limits.partitionMb).toBe(15);
  });

  test('of bytes and copies are counted by hand for production at 10,000 events a second', () => {
    expect(needed('ingress', prod)).toBeCloseTo(21.96, 0);
    expect(needed('partitions a broker, with copies', prod)).toBe(585);
    expect(needed('event source mappings in the poller group', prod)).toBe(34);
    expect(needed('delivery streams', prod)).toBe(catalogue.topics.length);
  });

  test.each(environmentNames)('are kept by %s', (name) => {
    expect(exceeded(capacityOfEnvironment(environments[name], catalogue))).toEqual([]);
  });

  test('a read by every group is counted: a second region may be one reader too many', () => {
    const rate = { ...prod, eventsPerSecond: 17_000 };
    expect(tooMuch(rate)).not.toContain('egress');
    expect(tooMuch({ ...rate, replicated: true })).toContain('egress');
  });

  test('that are exceeded are named with the way out', () => {
    const rows = exceeded(capacity({ ...prod, eventsPerSecond: 1_000_000 }));
    const wayOut = (what: string) => rows.find((row) => row.what.startsWith(what))?.wayOut;
    expect(wayOut('egress')).toMatch(
      /larger brokers or more of them a zone: cluster in lib\/config\.ts \(now 3 × express\.m7g\.xlarge\)/,
    );
    expect(wayOut('busiest partitions: vehicle.telemetry.v1')).toMatch(
      /give vehicle\.telemetry\.v1 at least 72 partitions/,
    );
    expect(wayOut('pollers: timeseries-writer of vehicle.telemetry.v1')).toMatch(/at least 144 partitions/);
    expect(wayOut('concurrency: alert-evaluator')).toMatch(/raise concurrency or memoryMb of alert-evaluator/);
    expect(wayOut('messages to IoT Core')).toMatch(/gRPC gateway/);
  });

  test('on partitions are exceeded by a catalogue of too many topics', () => {
    const more = Array.from({ length: 30 }, (_, index) => ({ ...catalogue.topics[0], name: `added.topic.v${index}` }));
    const rows = tooMuch({ ...prod, catalogue: { ...catalogue, topics: [...catalogue.topics, ...more] } });
    expect(rows).toEqual(['partitions a broker, with copies']);
  });

  test('of a rate are not made up for Standard brokers, those of partitions hold there too', () => {
    const rows = capacity({ ...prod, cluster: environments.dev.cluster, eventsPerSecond: 1_000_000 });
    expect(rows.find(({ what }) => what === 'egress')?.limit).toBeUndefined();
    expect(rows.find(({ what }) => what.startsWith('partitions a broker'))?.limit).toBe(1_000);
  });

  test('of a broker that nobody knows are refused', () => {
    const cluster = { ...prod.cluster, instanceType: 'express.m9.huge' };
    expect(() => capacity({ ...prod, cluster })).toThrow(/knows no broker express\.m9\.huge/);
  });
});

describe('the seed figures', () => {
  test('10,000 events a second of 1 KB need three Express brokers, one size above the smallest for what is read, and the partitions that there are', () => {
    const plan = planFor(catalogue, 10_000);
    expect(plan.cluster).toEqual({ instanceType: 'express.m7g.xlarge', brokers: 3, because: 'zones' });
    expect(plan.partitions).toEqual([]);
    expect([Math.round(plan.ingressMb), Math.round(plan.egressMb)]).toEqual([22, 79]);
  });

  test('1,000,000 events a second of 1 KB need fifteen brokers of 12xlarge, for what is read, and more partitions', () => {
    const plan = planFor(catalogue, 1_000_000);
    expect(plan.cluster).toEqual({ instanceType: 'express.m7g.12xlarge', brokers: 15, because: 'egress' });
    expect(plan.partitions).toContainEqual({ topic: 'vehicle.telemetry.v1', has: 50, needs: 144 });
    const cluster = { ...prod.cluster, instanceType: plan.cluster.instanceType, brokersPerZone: 5 };
    const left = tooMuch({ ...prod, catalogue: plan.catalogue, cluster, eventsPerSecond: 1_000_000 });
    expect(left.filter((what) => !/^(concurrency|messages to IoT)/.test(what))).toEqual([]);
  });

  test('beyond what a cluster may have, the plan says so', () => {
    expect(() => planFor(catalogue, 10_000_000)).toThrow(/no cluster of Express brokers carries 10000000 events\/s/);
  });
});
