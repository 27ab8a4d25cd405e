import { RemovalPolicy } from 'aws-cdk-lib';
import { CfnRegistry, CfnSchema, CfnSchemaVersion } from 'aws-cdk-lib/aws-glue';
import { Grant, type IGrantable } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import type { AvroRecordSchema } from '../../src/catalogue/avro-schema.ts';
import type { Catalogue, CompatibilityMode } from '../../src/catalogue/model.ts';

/** Where functions and services get the ids from that stand in front of records. */
export interface SchemaIdSource {
  /** Ids of the subjects of these topics, as `EVENT_BUS_SCHEMA_IDS` takes them. */
  schemaIdsOf(topics: readonly string[]): string;
}

export interface SchemaRegistryProps {
  /** Name that producers and consumers outside of this app find the registry by, for example `event-bus-dev`. */
  readonly registryName: string;
  readonly catalogue: Catalogue;
  /** Published versions by subject, v1 first. */
  readonly schemas: Readonly<Record<string, readonly AvroRecordSchema[]>>;
}

/** Bytes that the ids may take in a function's environment, of the 4 KB that all variables share. */
export const schemaIdBudgetBytes = 3_000;

const uuidLength = 36;

/**
 * Every published version of every subject in Glue. A change of a schema's definition replaces the schema and loses its
 * history, so version 1 stands frozen in it, and each later version is a resource of its own that waits for the one
 * before it: Glue judges a version by the latest it knows. Nothing here is ever deleted, stored records name the ids.
 */
export class SchemaRegistry extends Construct implements SchemaIdSource {
  readonly registryArn: string;
  readonly registryName: string;
  /** Ids of all versions, as `EVENT_BUS_SCHEMA_IDS` takes them; a function is better served with `schemaIdsOf`. */
  readonly schemaIds: string;
  readonly #ids = new Map<string, readonly string[]>();
  readonly #subjects: ReadonlyMap<string, string>;

  constructor(scope: Construct, id: string, props: SchemaRegistryProps) {
    super(scope, id);
    this.registryName = props.registryName;
    const registry = new CfnRegistry(this, 'Registry', {
      name: props.registryName,
      description: 'Schemas of the records on the event bus',
    });
    registry.applyRemovalPolicy(RemovalPolicy.RETAIN);
    this.registryArn = registry.attrArn;
    this.#subjects = new Map(props.catalogue.topics.map(({ name, subject }) => [name, subject]));
    const modes = new Map(props.catalogue.topics.map(({ subject, compatibility }) => [subject, compatibility]));
    for (const [subject, versions] of Object.entries(props.schemas)) {
      this.#ids.set(subject, this.addSubject(subject, versions, modes.get(subject) ?? 'full-transitive'));
    }
    this.schemaIds = this.idsText([...this.#ids.keys()]);
  }

  /**
   * Ids of the subjects of these topics, as `EVENT_BUS_SCHEMA_IDS` takes them.
   * @throws {Error} when they would not fit into a function's environment
   */
  schemaIdsOf(topics: readonly string[]): string {
    const subjects = new Set(topics.map((topic) => this.#subjects.get(topic)).filter((name) => name !== undefined));
    const bytes = this.bytesOf([...subjects]);
    if (bytes > schemaIdBudgetBytes) {
      throw new Error(
        `schema ids of ${topics.length} topics take ${bytes} bytes of a function's environment, allowed are ` +
          `${schemaIdBudgetBytes}: 4 KB hold all variables. Split the consumer's topics over two consumers`,
      );
    }
    return this.idsText([...subjects]);
  }

  /** What a function needs that lets Lambda read the registry. */
  grantRead(grantee: IGrantable): Grant {
    const actions = ['glue:GetRegistry', 'glue:GetSchemaVersion'];
    return Grant.addToPrincipal({ grantee, actions, resourceArns: [this.registryArn] });
  }

  private addSubject(subject: string, versions: readonly AvroRecordSchema[], mode: CompatibilityMode): string[] {
    const [first, ...later] = versions.map((version) => JSON.stringify(version));
    if (first === undefined) return [];
    const schema = new CfnSchema(this, subject, {
      registry: { arn: this.registryArn },
      name: subject,
      dataFormat: 'AVRO',
      compatibility: compatibilities[mode],
      schemaDefinition: first,
    });
    schema.applyRemovalPolicy(RemovalPolicy.RETAIN);
    const ids = [schema.attrInitialSchemaVersionId];
    let before: CfnSchema | CfnSchemaVersion = schema;
    for (const [index, schemaDefinition] of later.entries()) {
      const version: CfnSchemaVersion = new CfnSchemaVersion(this, `${subject}-v${index + 2}`, {
        schema: { schemaArn: schema.attrArn },
        schemaDefinition,
      });
      version.applyRemovalPolicy(RemovalPolicy.RETAIN);
      version.addResourceDependency(before);
      ids.push(version.attrVersionId);
      before = version;
    }
    return ids;
  }

  private idsText(subjects: readonly string[]): string {
    return `{${this.entriesOf(subjects)
      .map(([name, id]) => `"${name}":"${id}"`)
      .join(',')}}`;
  }

  private bytesOf(subjects: readonly string[]): number {
    return this.entriesOf(subjects).reduce((bytes, [name]) => bytes + name.length + uuidLength + 6, 1);
  }

  private entriesOf(subjects: readonly string[]): readonly (readonly [string, string])[] {
    return subjects.flatMap((subject) =>
      (this.#ids.get(subject) ?? []).map((id, index) => [`${subject}/v${index + 1}`, id] as const),
    );
  }
}

/** Glue's words for the catalogue's modes. */
const compatibilities: Readonly<Record<CompatibilityMode, string>> = {
  none: 'NONE',
  backward: 'BACKWARD',
  'backward-transitive': 'BACKWARD_ALL',
  forward: 'FORWARD',
  'forward-transitive': 'FORWARD_ALL',
  full: 'FULL',
  'full-transitive': 'FULL_ALL',
};
