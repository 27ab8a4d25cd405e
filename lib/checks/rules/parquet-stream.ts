import type { Finding, Rule } from '../rule.ts';
import { at, record, rendered, resourcesOf, type Template, type TemplateResource, target } from '../template.ts';

const smallestBufferMib = 64;

/** What Firehose refuses or does wrongly for a stream that writes Parquet, and no validator says. */
export const parquetStream: Rule = {
  name: 'parquet-stream',
  fix: 'Build delivery streams with LakeDelivery, which sets all of these.',
  check: ({ template }) =>
    resourcesOf(template, 'AWS::KinesisFirehose::DeliveryStream').flatMap((stream) => problemsOf(stream, template)),
};

const destination = 'ExtendedS3DestinationConfiguration';

function problemsOf({ id, properties, dependsOn }: TemplateResource, template: Template): readonly Finding[] {
  const s3 = properties[destination];
  const conversion = at(s3, 'DataFormatConversionConfiguration');
  if (conversion === undefined || at(conversion, 'Enabled') === false) return [];
  const findings: Finding[] = [];
  const say = (property: string, message: string) =>
    findings.push({ resource: id, property: `Properties.${property}`, message });
  const compression = at(s3, 'CompressionFormat');
  if (compression !== undefined && compression !== 'UNCOMPRESSED') {
    const message = `compression ${rendered(compression)} around Parquet is refused; it goes into the serialiser`;
    say(`${destination}.CompressionFormat`, message);
  }
  const buffer = at(s3, 'BufferingHints', 'SizeInMBs');
  if (typeof buffer !== 'number' || buffer < smallestBufferMib) {
    const message = `a buffer of ${rendered(buffer)} MiB, conversion to Parquet needs at least ${smallestBufferMib}`;
    say(`${destination}.BufferingHints.SizeInMBs`, message);
  }
  if (rendered(at(s3, 'Prefix')).includes('!{') && at(s3, 'ErrorOutputPrefix') === undefined) {
    say(`${destination}.ErrorOutputPrefix`, 'a prefix with expressions needs an error prefix');
  }
  if (properties['MSKSourceConfiguration'] !== undefined && at(s3, 'ProcessingConfiguration', 'Enabled') !== true) {
    say(
      `${destination}.ProcessingConfiguration`,
      'records are framed Avro, conversion reads JSON: a transform is missing',
    );
  }
  const table = at(conversion, 'SchemaConfiguration', 'TableName');
  const made = resourcesOf(template, 'AWS::Glue::Table').find(
    (candidate) => at(record(candidate.properties['TableInput']), 'Name') === table && typeof table === 'string',
  );
  if (target(table) === undefined && made !== undefined && !dependsOn.includes(made.id)) {
    say(`${destination}.DataFormatConversionConfiguration`, `nothing makes the stream wait for its table ${made.id}`);
  }
  return findings;
}
