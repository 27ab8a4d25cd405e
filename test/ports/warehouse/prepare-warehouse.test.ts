import { RedshiftDataClient } from '@aws-sdk/client-redshift-data';
import { describe, expect, test } from '@jest/globals';
import { prepareWarehouse } from '../../../src/ports/warehouse/prepare-warehouse.ts';
import { redshiftStatements, redshiftTarget } from '../../../src/ports/warehouse/redshift-statements.ts';

interface Sent {
  readonly Sql?: string;
  readonly Id?: string;
  readonly [field: string]: unknown;
}

/** The Data API with a script: what each statement ends with, and how often it is still running before. */
function dataApi(ending: (sql: string) => { Status: string; ResultRows?: number; Error?: string }, runningFor = 0) {
  const executed: Sent[] = [];
  const client = new RedshiftDataClient({
    region: 'eu-central-1',
    credentials: { accessKeyId: '', secretAccessKey: '' },
  });
  let asked = 0;
  client.send = (command: { readonly input: Sent }) => {
    const { Sql, Id } = command.input;
    if (Sql !== undefined) {
      executed.push(command.input);
      return Promise.resolve({ Id: Sql });
    }
    asked += 1;
    return Promise.resolve(asked % (runningFor + 1) === 0 ? ending(String(Id)) : { Status: 'STARTED' });
  };
  return { client, executed, sql: () => executed.map(({ Sql }) => Sql) };
}

const env = {
  EVENT_BUS_WAREHOUSE: 'redshift://event-bus-dev/event_bus',
  EVENT_BUS_WAREHOUSE_ADMIN_SECRET: 'arn:aws:secretsmanager:eu-central-1:111122223333:secret:redshift!x',
  EVENT_BUS_WAREHOUSE_LOADER_ROLE: 'event-bus-dev-LoaderRole4F-aB1',
  EVENT_BUS_WAREHOUSE_COPY_ROLE: 'arn:aws:iam::111122223333:role/event-bus-dev-CopyRole',
};
const user = '"IAMR:event-bus-dev-LoaderRole4F-aB1"';

describe('the access of the loader', () => {
  test('trap 14: the user that Redshift derives from the loader’s role is made and granted, by the administrator', async () => {
    const api = dataApi(() => ({ Status: 'FINISHED', ResultRows: 0 }));
    await prepareWarehouse(env, { client: api.client });
    expect(api.sql()).toEqual([
      'select 1 from pg_user where usename = :user',
      `create user ${user} password disable`,
      'create schema if not exists staging',
      `grant usage, create on schema staging to ${user}`,
      `grant select, insert, update, delete on all tables in schema staging to ${user}`,
      'create schema if not exists gold',
      `grant usage, create on schema gold to ${user}`,
      `grant select, insert, update, delete on all tables in schema gold to ${user}`,
      'revoke assumerole on all from public for all',
      `grant assumerole on '${env.EVENT_BUS_WAREHOUSE_COPY_ROLE}' to ${user} for copy`,
    ]);
    expect(api.executed[0]).toMatchObject({
      WorkgroupName: 'event-bus-dev',
      Database: 'event_bus',
      SecretArn: env.EVENT_BUS_WAREHOUSE_ADMIN_SECRET,
      Parameters: [{ name: 'user', value: 'IAMR:event-bus-dev-LoaderRole4F-aB1' }],
    });
  });

  test('is given again without making the user a second time', async () => {
    const api = dataApi(() => ({ Status: 'FINISHED', ResultRows: 1 }));
    await prepareWarehouse(env, { client: api.client });
    expect(api.sql().filter((sql) => sql?.startsWith('create user'))).toEqual([]);
    expect(api.sql()).toHaveLength(9);
  });

  test.each([
    ['EVENT_BUS_WAREHOUSE_LOADER_ROLE', 'x"; drop schema gold cascade; --'],
    ['EVENT_BUS_WAREHOUSE_COPY_ROLE', "arn:aws:iam::111122223333:role/x' to public"],
  ])('puts no %s into a statement that would end it', async (name, value) => {
    const api = dataApi(() => ({ Status: 'FINISHED' }));
    await expect(prepareWarehouse({ ...env, [name]: value }, { client: api.client })).rejects.toMatchObject({
      code: 'EVENTBUS_WAREHOUSE_STATEMENT_FAILED',
    });
    expect(api.executed).toEqual([]);
  });

  test.each(Object.keys(env))('says that %s is missing', async (name) => {
    await expect(prepareWarehouse({ ...env, [name]: '' })).rejects.toThrow(`${name} is empty`);
  });
});

describe('a statement for the warehouse', () => {
  const target = redshiftTarget('redshift://event-bus-dev/event_bus');

  test('is waited for, and tells how many rows it touched', async () => {
    const api = dataApi(() => ({ Status: 'FINISHED', ResultRows: 7 }), 2);
    expect(await redshiftStatements(target, { client: api.client, pollMs: 1 })('select 1')).toBe(7);
  });

  test.each([
    [{ Status: 'FAILED', Error: 'ERROR: permission denied' }, /permission denied, in: select 1/],
    [{ Status: 'ABORTED' }, /aborted, in: select 1/],
  ])('that ends as %j is a failure with the warehouse’s words', async (ending, message) => {
    const api = dataApi(() => ending);
    const run = redshiftStatements(target, { client: api.client });
    await expect(run('select 1')).rejects.toMatchObject({
      code: 'EVENTBUS_WAREHOUSE_STATEMENT_FAILED',
      message: expect.stringMatching(message),
    });
  });

  test('that the service does not take is an outage', async () => {
    const { client } = dataApi(() => ({ Status: 'FINISHED' }));
    client.send = () => Promise.reject(new Error('usage limit reached'));
    await expect(redshiftStatements(target, { client })('select 1')).rejects.toMatchObject({
      code: 'EVENTBUS_WAREHOUSE_UNAVAILABLE',
      failure: 'dependency',
    });
  });

  test.each(['redshift://Event-Bus/x', 'redshift://bus', 'postgres://bus/x'])('is not sent to %s', (url) => {
    expect(() => redshiftTarget(url)).toThrow(url);
  });
});
