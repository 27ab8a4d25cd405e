import type { ClusterConfig } from '../config.ts';

const day = 1440;

/** Settings that both types of brokers let us choose. */
const common = {
  'auto.create.topics.enable': 'false',
  // Whoever logs in with a password may do what an access rule says. IAM principals are judged by IAM alone.
  'allow.everyone.if.no.acl.found': 'false',
  // A group whose consumers stand still for weeks finds its place again.
  'offsets.retention.minutes': String(90 * day),
} as const;

/** Settings that Express fixes at these values itself, and refuses to be told. */
const standard = {
  'default.replication.factor': '3',
  'min.insync.replicas': '2',
  'unclean.leader.election.enable': 'false',
} as const;

/** The brokers' `server.properties`: lines with real line feeds, and only properties that the type takes. */
export function brokerProperties(type: ClusterConfig['type']): string {
  const properties = type === 'express' ? common : { ...common, ...standard };
  return Object.entries(properties)
    .map(([name, value]) => `${name}=${value}\n`)
    .join('');
}
