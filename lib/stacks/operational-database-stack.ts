import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { Construct } from 'constructs';
import { BusStack, type BusStackProps } from '../bus-stack.ts';
import { serves } from '../config.ts';
import { DatabaseMigration } from '../constructs/database-migration.ts';
import { type GlobalDatabaseMember, OperationalDatabase } from '../constructs/operational-database.ts';
import type { NetworkStack } from './network-stack.ts';

export interface OperationalDatabaseStackProps extends BusStackProps {
  readonly network: NetworkStack;
  readonly dataKey: IKey;
  readonly logsKey: IKey;
}

/** PostgreSQL with its proxy; in an environment of two regions the primary of a global database and its copy. */
export class OperationalDatabaseStack extends BusStack {
  readonly database: OperationalDatabase;

  constructor(scope: Construct, id: string, props: OperationalDatabaseStackProps) {
    super(scope, id, props);
    const name = `event-bus-${this.config.name}`;
    this.database = new OperationalDatabase(this, 'Database', {
      name,
      vpc: props.network.vpc,
      access: props.network.access,
      dataKey: props.dataKey,
      logsKey: props.logsKey,
      logRetentionDays: this.config.logRetentionDays,
      retainData: this.config.retainData,
      ...this.config.database,
      ...(this.config.replica === undefined ? {} : { globalDatabase: this.member(name) }),
    });
    if (serves(this.config, this.site)) this.migrate(props);
  }

  /** A copy cannot be written to, and has the tables of the database that it copies. */
  private migrate({ network, logsKey }: OperationalDatabaseStackProps): void {
    new DatabaseMigration(this, 'Migration', {
      database: this.database,
      vpc: network.vpc,
      access: network.access,
      logsKey,
      logRetentionDays: this.config.logRetentionDays,
      retainData: this.config.retainData,
    });
  }

  private member(name: string): GlobalDatabaseMember {
    return { name, member: this.site.role === 'primary' ? 'first' : 'second' };
  }
}
