import type { Template } from '../../lib/checks/template.ts';

/** Types whose resources hold what no deployment can make again: data, keys, names that others have written down. */
const statefulTypes = new Set([
  'AWS::EC2::Subnet',
  'AWS::EC2::VPC',
  'AWS::ElastiCache::ServerlessCache',
  'AWS::Events::Archive',
  'AWS::Events::EventBus',
  'AWS::Glue::Database',
  'AWS::Glue::Registry',
  'AWS::Glue::Schema',
  'AWS::Glue::SchemaVersion',
  'AWS::IoT::ProvisioningTemplate',
  'AWS::IoT::ThingType',
  'AWS::KMS::Key',
  'AWS::MSK::Cluster',
  'AWS::MSK::Replicator',
  'AWS::MSK::Topic',
  'AWS::RDS::DBCluster',
  'AWS::RDS::GlobalCluster',
  'AWS::RedshiftServerless::Namespace',
  'AWS::RedshiftServerless::Workgroup',
  'AWS::S3::Bucket',
  'AWS::SQS::Queue',
  'AWS::SecretsManager::Secret',
]);

/** Lines `stack logicalId type` of the resources that must keep their ids, without the environment in front. */
export function statefulResources(templates: ReadonlyMap<string, Template>): readonly string[] {
  return [...templates]
    .flatMap(([stack, { resources }]) =>
      resources.filter(({ type }) => statefulTypes.has(type)).map(({ id, type }) => `${stack} ${id} ${type}`),
    )
    .sort();
}
