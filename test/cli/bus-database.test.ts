import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { withDatabase } from '../../src/cli/bus-database.ts';
import type { DatabaseFlags } from '../../src/cli/connection-options.ts';
import { writeEndpoints } from '../../src/local/platform/endpoints.ts';
import { onConnection } from '../../src/postgres/pool.ts';
import { codedRejectionOf } from '../make/coded-error.ts';
import { temporaryDirectory } from '../make/temporary-directory.ts';

const folder = temporaryDirectory();
const dataDir = folder.path;
const nobody = 'postgres://nobody@127.0.0.1:1/none';
const inEnvironment = process.env['EVENT_BUS_DATABASE_URL'];

beforeAll(() => {
  delete process.env['EVENT_BUS_DATABASE_URL'];
  writeEndpoints(dataDir, { kafka: '', postgres: nobody, mqtt: '', mqtts: '', grpc: '', queue: '', lake: '' });
});
afterAll(() => {
  if (inEnvironment !== undefined) process.env['EVENT_BUS_DATABASE_URL'] = inEnvironment;
  folder.remove();
});

const asking = (flags: DatabaseFlags) =>
  codedRejectionOf(withDatabase(flags, {}, (pool) => onConnection(pool, (client) => client.query('select 1'))));

describe('a database that cannot be reached', () => {
  test('is a stopped bus when nobody named it, with the way to start it', async () => {
    const error = await asking({ dataDir });
    expect(error.code).toBe('EVENTBUS_CLI_BUS_STOPPED');
    expect(error.message).toContain(`PostgreSQL does not answer at ${nobody}`);
    expect(error.message).toContain('event-bus start');
  });

  test('stays what it is when it was named', async () => {
    expect((await asking({ dataDir, postgres: nobody })).code).toBe('EVENTBUS_POSTGRES_UNAVAILABLE');
  });
});
