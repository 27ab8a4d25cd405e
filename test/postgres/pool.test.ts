import { EventEmitter } from 'node:events';
import { describe, expect, test } from '@jest/globals';
import { inTransaction, onConnection, type Pool } from '../../src/postgres/pool.ts';

const unreachable = (error: Error): Pool => ({ connect: () => Promise.reject(error) }) as Partial<Pool> as Pool;

/** A pool whose one client answers every statement with the given command. */
function answering(commandOf: (sql: string) => string): Pool {
  const client = Object.assign(new EventEmitter(), {
    query: (sql: string) => Promise.resolve({ command: commandOf(sql), rows: [] }),
    release: () => undefined,
  });
  return { connect: () => Promise.resolve(client) } as Partial<Pool> as Pool;
}

describe('a connection that cannot be made', () => {
  test.each([
    ['an expired certificate', Object.assign(new Error('certificate has expired'), { code: 'CERT_HAS_EXPIRED' })],
    ['a server without TLS', new Error('The server does not support SSL connections')],
    ['a driver that lacks the password', new Error('SASL: client password must be a string')],
  ])('is the environment’s fault and no record’s: %s', async (_case, cause) => {
    await expect(onConnection(unreachable(cause), () => Promise.resolve())).rejects.toMatchObject({
      code: 'EVENTBUS_POSTGRES_UNAVAILABLE',
      failure: 'dependency',
      message: expect.stringContaining(cause.message),
    });
  });

  test('keeps the more exact code of a refused login', async () => {
    const refused = Object.assign(new Error('password authentication failed'), { code: '28P01' });
    await expect(onConnection(unreachable(refused), () => Promise.resolve())).rejects.toMatchObject({
      code: 'EVENTBUS_POSTGRES_ACCESS_DENIED',
    });
  });
});

describe('a transaction', () => {
  test('whose commit the server answers with a rollback does not count as committed', async () => {
    const pool = answering((sql) => (sql === 'commit' ? 'ROLLBACK' : sql.toUpperCase()));
    await expect(inTransaction(pool, () => Promise.resolve('done'))).rejects.toMatchObject({ failure: 'transient' });
  });

  test('that the server commits returns what its work did', async () => {
    expect(
      await inTransaction(
        answering((sql) => sql.toUpperCase()),
        () => Promise.resolve('done'),
      ),
    ).toBe('done');
  });
});
