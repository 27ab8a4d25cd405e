import { describe, expect, test } from '@jest/globals';
import { AppError } from '../../src/core/errors/app-error.ts';
import { databaseError, isDatabaseFailure } from '../../src/postgres/database-error.ts';

const failed = (code: string, message = 'it failed') => Object.assign(new Error(message), { code });

describe('what a failure of the database means', () => {
  test.each([
    ['ECONNREFUSED', 'EVENTBUS_POSTGRES_UNAVAILABLE', 'dependency'],
    ['08006', 'EVENTBUS_POSTGRES_UNAVAILABLE', 'dependency'],
    ['57P01', 'EVENTBUS_POSTGRES_UNAVAILABLE', 'dependency'],
    ['57P03', 'EVENTBUS_POSTGRES_UNAVAILABLE', 'dependency'],
    ['53300', 'EVENTBUS_POSTGRES_UNAVAILABLE', 'dependency'],
    ['53100', 'EVENTBUS_POSTGRES_UNAVAILABLE', 'dependency'],
    ['25006', 'EVENTBUS_POSTGRES_UNAVAILABLE', 'dependency'],
    ['28P01', 'EVENTBUS_POSTGRES_ACCESS_DENIED', 'dependency'],
    ['3D000', 'EVENTBUS_POSTGRES_ACCESS_DENIED', 'dependency'],
    ['42501', 'EVENTBUS_POSTGRES_ACCESS_DENIED', 'dependency'],
    ['42P01', 'EVENTBUS_POSTGRES_SCHEMA_MISMATCH', 'dependency'],
    ['40001', 'EVENTBUS_POSTGRES_CONFLICT', 'dependency'],
    ['40P01', 'EVENTBUS_POSTGRES_CONFLICT', 'dependency'],
    ['57014', 'EVENTBUS_POSTGRES_TIMEOUT', 'dependency'],
    ['55P03', 'EVENTBUS_POSTGRES_TIMEOUT', 'dependency'],
    ['25P03', 'EVENTBUS_POSTGRES_TIMEOUT', 'dependency'],
    ['XX001', 'EVENTBUS_POSTGRES_DAMAGED', 'dependency'],
    ['XX002', 'EVENTBUS_POSTGRES_DAMAGED', 'dependency'],
    ['XX000', 'EVENTBUS_POSTGRES_STATEMENT_FAILED', 'transient'],
    ['22003', 'EVENTBUS_POSTGRES_DATA_REJECTED', 'poison'],
    ['54000', 'EVENTBUS_POSTGRES_DATA_REJECTED', 'poison'],
    ['23505', 'EVENTBUS_POSTGRES_DATA_REJECTED', 'poison'],
  ])('%s is %s: %s', (state, code, failure) => {
    const error = databaseError(failed(state));
    expect(error).toMatchObject({ code, failure, details: { state } });
    expect(error.message).toContain(`it failed (${state})`);
  });

  test.each(['Connection terminated unexpectedly', 'timeout exceeded when trying to connect'])(
    'the driver’s "%s" is an outage',
    (message) => {
      expect(databaseError(new Error(message)).code).toBe('EVENTBUS_POSTGRES_UNAVAILABLE');
      expect(isDatabaseFailure(new Error(message))).toBe(true);
    },
  );

  test('the first of several attempts to connect tells what is wrong', () => {
    expect(databaseError(new AggregateError([failed('ECONNREFUSED')])).code).toBe('EVENTBUS_POSTGRES_UNAVAILABLE');
  });

  test('a coded error passes unchanged, and another program error is none of the database', () => {
    const coded = new AppError('EVENTBUS_POSTGRES_CONFLICT', 'position moved');
    expect(databaseError(coded)).toBe(coded);
    expect(isDatabaseFailure(new TypeError('x is undefined'))).toBe(false);
  });

  test('values that the driver quotes stay out of the details', () => {
    const error = databaseError(Object.assign(failed('23505'), { detail: 'Key (name)=(Ada) exists', table: 'device' }));
    expect(JSON.stringify([error.message, error.details])).not.toContain('Ada');
    expect(error.details).toMatchObject({ table: 'device' });
  });
});
