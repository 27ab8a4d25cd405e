import { describe, expect, test } from '@jest/globals';
import { environments } from '../../../lib/config.ts';
import { type CostLine, monthlyCosts } from '../../../lib/costs/monthly-costs.ts';
import { catalogue } from '../../../src/catalogue/catalogue.ts';

const idle = { eventsPerSecond: 0, bytesPerEvent: 1024 };
const busy = { eventsPerSecond: 10_000, bytesPerEvent: 1024 };

const part = (lines: readonly CostLine[], name: string) => lines.find((line) => line.part === name)?.usdPerMonth;

describe('the costs of an environment', () => {
  test('follow the brokers of its configuration', () => {
    const { staging } = environments;
    const twice = { ...staging, cluster: { ...staging.cluster, brokersPerZone: 2 } };
    const once = part(monthlyCosts(staging, catalogue, idle), 'MSK brokers');
    expect(once).toBeCloseTo(3 * 0.408 * 730, 2);
    expect(part(monthlyCosts(twice, catalogue, idle), 'MSK brokers')).toBeCloseTo(2 * (once ?? 0), 2);
  });

  test('count data only where events come in', () => {
    const lines = monthlyCosts(environments.prod, catalogue, idle);
    for (const name of ['IoT Core', 'Firehose to Parquet', 'Redshift Serverless', 'MSK data written']) {
      expect(part(lines, name)).toBe(0);
    }
    const gibWritten = (10_000 * 1024 * 2.2 * 730 * 3600) / 1024 ** 3;
    const atWork = monthlyCosts(environments.prod, catalogue, busy);
    expect(part(atWork, 'MSK data written')).toBeCloseTo(gibWritten * 0.01, 2);
  });

  test('hold a second region only where there is one', () => {
    const parts = [environments.prod, environments['prod-eu']].map((config) =>
      monthlyCosts(config, catalogue, busy).filter((line) => line.part.startsWith('Second region')),
    );
    expect(parts.map(({ length }) => length)).toEqual([0, 3]);
  });

  test('cannot be told for a broker without a price, and say where to add it', () => {
    const { prod } = environments;
    const odd = { ...prod, cluster: { ...prod.cluster, instanceType: 'express.m9g.large' } };
    expect(() => monthlyCosts(odd, catalogue, busy)).toThrow(
      'lib/costs/prices.ts has no price of the broker express.m9g',
    );
  });
});
