import type { Finding, Rule } from '../rule.ts';
import { at, list, literals, resourcesOf, type Template, type TemplateResource, target } from '../template.ts';

const defaultIdleSeconds = 60;

/**
 * A gRPC target group works behind an HTTPS listener only, answers health checks with gRPC codes, and its streams die
 * after a minute of silence unless the load balancer is told to wait; none of this is refused when it is deployed.
 */
export const grpcListener: Rule = {
  name: 'grpc-listener',
  fix: 'Build the load balancer with FargateGateway, which sets protocol, health check and idle time.',
  check({ template }) {
    return resourcesOf(template, 'AWS::ElasticLoadBalancingV2::TargetGroup')
      .filter(({ properties }) => properties['ProtocolVersion'] === 'GRPC')
      .flatMap((group) => [
        ...healthCheckOf(group),
        ...listenersOf(group.id, template).flatMap((listener) => problemsOf(listener, template)),
      ]);
  },
};

function healthCheckOf({ id, properties }: TemplateResource): readonly Finding[] {
  if (at(properties, 'Matcher', 'GrpcCode') !== undefined) return [];
  const message = 'the health check expects an HTTP code, a gRPC server answers with a gRPC code';
  return [{ resource: id, property: 'Properties.Matcher', message }];
}

function listenersOf(groupId: string, template: Template): readonly TemplateResource[] {
  const refers = (value: unknown) =>
    literals(value, '').some(({ text, path }) => text === groupId && path.endsWith('.Ref'));
  const ruled = resourcesOf(template, 'AWS::ElasticLoadBalancingV2::ListenerRule')
    .filter(({ properties }) => refers(properties['Actions']))
    .map(({ properties }) => target(properties['ListenerArn']));
  return resourcesOf(template, 'AWS::ElasticLoadBalancingV2::Listener').filter(
    ({ id, properties }) => ruled.includes(id) || refers(properties['DefaultActions']),
  );
}

function problemsOf(listener: TemplateResource, template: Template): readonly Finding[] {
  const findings: Finding[] = [];
  const protocol = listener.properties['Protocol'];
  if (protocol !== 'HTTPS') {
    const message = `protocol ${JSON.stringify(protocol)}, a gRPC target group needs an HTTPS listener`;
    findings.push({ resource: listener.id, property: 'Properties.Protocol', message });
  }
  const balancerId = target(listener.properties['LoadBalancerArn']);
  const balancer = template.resources.find(({ id }) => id === balancerId);
  const attributes = list(at(balancer?.properties, 'LoadBalancerAttributes'));
  const idle = attributes.find((attribute) => at(attribute, 'Key') === 'idle_timeout.timeout_seconds');
  if (balancer !== undefined && !(Number(at(idle, 'Value')) > defaultIdleSeconds)) {
    const message = `idle streams end after ${idle === undefined ? defaultIdleSeconds : String(at(idle, 'Value'))} s, gRPC streams need longer than ${defaultIdleSeconds}`;
    findings.push({ resource: balancer.id, property: 'Properties.LoadBalancerAttributes', message });
  }
  return findings;
}
