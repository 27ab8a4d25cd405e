import { describe, expect, test } from '@jest/globals';
import { GatewayMetrics } from '../../../src/services/ingest/gateway-metrics.ts';
import { gatewaySettings } from '../../../src/services/ingest/gateway-settings.ts';

describe('settings', () => {
  test('listen on loopback and believe the connection unless told otherwise', () => {
    expect(gatewaySettings({})).toEqual({
      host: '127.0.0.1',
      port: 50_051,
      callerIdentity: 'connection',
      logLevel: 'info',
    });
  });

  test.each([
    ['EVENT_BUS_LISTEN_PORT', '70000'],
    ['EVENT_BUS_LISTEN_PORT', 'grpc'],
    ['EVENT_BUS_CALLER_IDENTITY', 'headers'],
  ])('name the variable at fault: %s=%s', (name, value) => {
    expect(() => gatewaySettings({ [name]: value })).toThrow(`${name} is "${value}"`);
  });
});

describe('metrics', () => {
  const counters = { accepted: 0, refused: {}, streams: 0, pendingBytes: 0 };

  test('a line holds what happened since the one before, and how fast', () => {
    const metrics = new GatewayMetrics(0);
    metrics.line({ ...counters, accepted: 500 }, 10_000);
    const refused = { EVENTBUS_INGEST_READING_INVALID: 2, EVENTBUS_INGEST_OVERLOADED: 1 };
    const line = metrics.line({ accepted: 2_500, refused, streams: 4, pendingBytes: 77 }, 30_000);
    expect(JSON.parse(line)).toMatchObject({
      Service: 'ingest',
      ReadingsAccepted: 2_000,
      ReadingsPerSecond: 100,
      ReadingsRefused: 3,
      OpenStreams: 4,
      PendingBytes: 77,
    });
  });

  test('every number of a line is declared as a metric of the dimension it is looked up by', () => {
    const line = JSON.parse(new GatewayMetrics(0).line(counters, 1)) as Record<string, unknown> & {
      readonly _aws: { readonly CloudWatchMetrics: readonly { Dimensions: string[][]; Metrics: { Name: string }[] }[] };
    };
    const [directive] = line._aws.CloudWatchMetrics;
    const numbers = Object.keys(line).filter((name) => typeof line[name] === 'number');
    expect(directive?.Metrics.map(({ Name }) => Name)).toEqual(numbers);
    expect(directive?.Dimensions).toEqual([['Service']]);
  });
});
