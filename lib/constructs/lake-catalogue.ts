import { Stack } from 'aws-cdk-lib';
import { CfnDatabase, CfnTable } from 'aws-cdk-lib/aws-glue';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import type { AvroRecordSchema } from '../../src/catalogue/avro-schema.ts';
import { bronzePrefix, bronzeTableName, glueColumns } from '../../src/catalogue/glue-columns.ts';
import type { Topic } from '../../src/catalogue/model.ts';

export interface LakeCatalogueProps {
  /** Name of the database in Glue, as queries write it: lower-case letters, digits and underscores. */
  readonly databaseName: string;
  readonly topics: readonly Topic[];
  /** Published versions by subject, v1 first. */
  readonly schemas: Readonly<Record<string, readonly AvroRecordSchema[]>>;
  readonly bronze: IBucket;
}

/**
 * A Glue database with one table a topic, made from the newest version of its schema. Firehose converts by them, Athena
 * and the warehouse read by them. Partitions are computed from the folders' names, so nothing has to add them.
 */
export class LakeCatalogue extends Construct {
  readonly databaseName: string;
  readonly #tables = new Map<string, CfnTable>();

  constructor(scope: Construct, id: string, props: LakeCatalogueProps) {
    super(scope, id);
    this.databaseName = props.databaseName;
    const database = new CfnDatabase(this, 'Database', {
      catalogId: Stack.of(this).account,
      databaseInput: {
        name: props.databaseName,
        description: 'Records of the event bus as they came, one table a topic',
      },
    });
    for (const topic of props.topics) this.addTable(topic, database, props);
  }

  /** Name of a topic's table; the same wherever it is computed, so that other stacks need no reference. */
  tableName(topic: string): string {
    return bronzeTableName(topic);
  }

  /** What rights to read a topic's table are given on: Glue wants all three. */
  arnsOf(topic: string): readonly string[] {
    const arn = (resource: string, resourceName?: string) =>
      Stack.of(this).formatArn({ service: 'glue', resource, ...(resourceName === undefined ? {} : { resourceName }) });
    return [
      arn('catalog'),
      arn('database', this.databaseName),
      arn('table', `${this.databaseName}/${this.tableName(topic)}`),
    ];
  }

  private addTable(topic: Topic, database: CfnDatabase, props: LakeCatalogueProps): void {
    const name = bronzeTableName(topic.name);
    const other = this.#tables.get(name);
    if (other !== undefined) {
      throw new Error(
        `topics ${other.node.id} and ${topic.name} would both have the table ${name}: rename one of them in src/catalogue/topics`,
      );
    }
    const location = `s3://${props.bronze.bucketName}/${bronzePrefix(topic.name)}`;
    const table = new CfnTable(this, topic.name, {
      catalogId: Stack.of(this).account,
      databaseName: props.databaseName,
      tableInput: {
        name,
        description: topic.description,
        tableType: 'EXTERNAL_TABLE',
        parameters: { classification: 'parquet', EXTERNAL: 'TRUE', ...projection(location) },
        partitionKeys: [
          { name: 'dt', type: 'string', comment: 'Day of delivery, UTC' },
          { name: 'hh', type: 'string', comment: 'Hour of delivery, UTC' },
        ],
        storageDescriptor: {
          location,
          columns: [...glueColumns(props.schemas[topic.subject]?.at(-1))],
          inputFormat: 'org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat',
          outputFormat: 'org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat',
          serdeInfo: { serializationLibrary: 'org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe' },
        },
      },
    });
    table.addResourceDependency(database);
    this.#tables.set(name, table);
  }
}

/** How Athena computes the partitions. Plain quotes: `${dt}` is Athena's own placeholder. */
function projection(location: string): Record<string, string> {
  return {
    'projection.enabled': 'true',
    'projection.dt.type': 'date',
    'projection.dt.format': 'yyyy-MM-dd',
    'projection.dt.range': '2026-01-01,NOW',
    'projection.dt.interval': '1',
    'projection.dt.interval.unit': 'DAYS',
    'projection.hh.type': 'integer',
    'projection.hh.range': '0,23',
    'projection.hh.digits': '2',
    'storage.location.template': `${location}dt=\${dt}/hh=\${hh}/`,
  };
}
