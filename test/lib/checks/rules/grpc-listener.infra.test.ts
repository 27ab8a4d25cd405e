import { expect, test } from '@jest/globals';
import { grpcListener } from '../../../../lib/checks/rules/grpc-listener.ts';
import { findings } from '../stack-under-check.ts';

const elb = 'AWS::ElasticLoadBalancingV2';
const forward = [{ Type: 'forward', TargetGroupArn: { Ref: 'Group' } }];

interface Gateway {
  readonly protocol?: string;
  readonly matcher?: Readonly<Record<string, string>>;
  readonly idle?: string;
  /** Whether a listener rule leads to the group instead of the listener's default. */
  readonly byRule?: boolean;
}

const gateway = ({ protocol = 'HTTPS', matcher = { GrpcCode: '0' }, idle = '4000', byRule = false }: Gateway = {}) => ({
  Balancer: {
    Type: `${elb}::LoadBalancer`,
    Properties: { LoadBalancerAttributes: [{ Key: 'idle_timeout.timeout_seconds', Value: idle }] },
  },
  Group: { Type: `${elb}::TargetGroup`, Properties: { ProtocolVersion: 'GRPC', Matcher: matcher } },
  Listener: {
    Type: `${elb}::Listener`,
    Properties: {
      Protocol: protocol,
      LoadBalancerArn: { Ref: 'Balancer' },
      DefaultActions: byRule ? [{ Type: 'fixed-response' }] : forward,
    },
  },
  Rule: {
    Type: `${elb}::ListenerRule`,
    Properties: { ListenerArn: { Ref: 'Listener' }, Actions: byRule ? forward : [] },
  },
});

test('gRPC behind HTTPS with gRPC health codes and a long idle time passes', () => {
  expect(findings(grpcListener, gateway())).toEqual([]);
});

test.each([{ byRule: false }, { byRule: true }])('trap 17: gRPC behind an HTTP listener is refused (%j)', (how) => {
  expect(findings(grpcListener, gateway({ ...how, protocol: 'HTTP' }))).toEqual([
    'Listener Properties.Protocol protocol "HTTP", a gRPC target group needs an HTTPS listener',
  ]);
});

test('trap 17: a health check that expects 200 is refused', () => {
  expect(findings(grpcListener, gateway({ matcher: { HttpCode: '200' } }))).toEqual([
    expect.stringMatching(/^Group Properties.Matcher/),
  ]);
});

test('trap 17: streams that end after a silent minute are refused', () => {
  expect(findings(grpcListener, gateway({ idle: '60' }))).toEqual([
    expect.stringMatching(/idle streams end after 60 s/),
  ]);
});
