import { AppError } from '../../core/errors/app-error.ts';
import type { ApiCall, Route } from '../api/api-call.ts';
import type { AvailabilityQueries, AvailabilityQuery } from './availability-queries.ts';

/** Queries of shared mobility over HTTP. */
export function mobilityRoutes(queries: AvailabilityQueries): readonly Route[] {
  return [
    {
      method: 'GET',
      path: '/api/availability',
      summary:
        'Free vehicles and docks, and totals by city and type. Conditions: city, station, vehicle-type, kind (station or vehicle); limit and cursor.',
      answer: async (call) => ({ status: 200, body: await queries.page(availabilityQueryOf(call)) }),
    },
  ];
}

const allowed = ['city', 'station', 'vehicle-type', 'kind', 'limit', 'cursor'] as const;
type Parameter = (typeof allowed)[number];

/**
 * What the parameters ask for.
 * @throws AppError EVENTBUS_API_PARAMETER_INVALID
 */
export function availabilityQueryOf({ query }: Pick<ApiCall, 'query'>): AvailabilityQuery {
  for (const name of new Set(query.keys())) {
    if (!allowed.some((known) => known === name)) throw invalid(`"${name}", allowed are ${allowed.join(', ')}`);
    if (query.getAll(name).length > 1) throw invalid(`${name} is given more than once`);
    if (query.get(name) === '') throw invalid(`${name} is empty: leave it out, or give a value`);
  }
  const given = (name: Parameter): string | undefined => query.get(name) ?? undefined;
  const kind = given('kind');
  if (kind !== undefined && kind !== 'station' && kind !== 'vehicle') {
    throw invalid(`kind is "${kind}", allowed are station and vehicle`);
  }
  const limit = Number(given('limit') ?? '100');
  if (!Number.isInteger(limit) || limit < 1 || limit > 1000) {
    throw invalid(`limit is "${given('limit') ?? ''}", allowed is 1 to 1000`);
  }
  const [city, station, vehicleType] = [given('city'), given('station'), given('vehicle-type')];
  return { city, station, vehicleType, kind, limit, after: given('cursor') };
}

function invalid(what: string): AppError {
  return new AppError('EVENTBUS_API_PARAMETER_INVALID', what);
}
