import { describe, expect, test } from '@jest/globals';
import { availabilityQueryOf } from '../../../src/services/mobility/api-routes.ts';
import { codedErrorOf } from '../../make/coded-error.ts';

const asked = (text: string) => availabilityQueryOf({ query: new URLSearchParams(text) });

describe('the parameters of a question for availability', () => {
  test('are all optional', () => {
    expect(asked('')).toEqual({ limit: 100 });
    expect(asked('city=oslo&station=735&vehicle-type=bike&kind=vehicle&limit=7&cursor=oslo/1')).toEqual({
      city: 'oslo',
      station: '735',
      vehicleType: 'bike',
      kind: 'vehicle',
      limit: 7,
      after: 'oslo/1',
    });
  });

  test.each([
    ['town=oslo', '"town", allowed are city, station, vehicle-type, kind, limit, cursor'],
    ['city=oslo&city=berlin', 'city is given more than once'],
    ['city=', 'city is empty'],
    ['kind=dock', 'kind is "dock", allowed are station and vehicle'],
    ['limit=0', 'limit is "0", allowed is 1 to 1000'],
    ['limit=ten', 'limit is "ten"'],
  ])('%s is refused: %s', (text, why) => {
    const error = codedErrorOf(() => asked(text));
    expect(error.code).toBe('EVENTBUS_API_PARAMETER_INVALID');
    expect(error.message).toContain(why);
  });
});
