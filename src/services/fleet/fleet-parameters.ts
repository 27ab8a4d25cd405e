import { AppError } from '../../core/errors/app-error.ts';
import { type Fields, isFields } from '../../core/fields.ts';
import { type ActorRole, actorRoles } from '../../core/fleet/actor.ts';
import type { ApiCall } from '../api/api-call.ts';
import type { CommandRequest } from './command-request.ts';
import type { DispatchRequest } from './fleet-desk.ts';

const commandFields = [
  'kind',
  'as',
  'priority',
  'expiresInSeconds',
  'latitude',
  'longitude',
  'speedLimitKmh',
  'softwareVersion',
  'parameters',
  'tripId',
  'operationId',
  'correlationId',
] as const;

const dispatchFields = ['as', 'latitude', 'longitude', 'city', 'tripId', 'operationId'] as const;

/**
 * The command that the body asks for.
 * @throws AppError EVENTBUS_API_PARAMETER_INVALID naming the field
 */
export function commandOf(call: ApiCall, vehicleId: string): CommandRequest {
  const body = bodyOf(call, commandFields);
  return {
    vehicleId,
    kind: needed(body, 'kind', text(body, 'kind')),
    priority: text(body, 'priority'),
    expiresInSeconds: number(body, 'expiresInSeconds'),
    latitude: number(body, 'latitude'),
    longitude: number(body, 'longitude'),
    speedLimitKmh: number(body, 'speedLimitKmh'),
    softwareVersion: text(body, 'softwareVersion'),
    parameters: texts(body, 'parameters'),
    tripId: text(body, 'tripId'),
    operationId: text(body, 'operationId'),
    correlationId: text(body, 'correlationId'),
  };
}

/**
 * The place that the body asks a vehicle for.
 * @throws AppError EVENTBUS_API_PARAMETER_INVALID naming the field
 */
export function dispatchOf(call: ApiCall): DispatchRequest {
  const body = bodyOf(call, dispatchFields);
  return {
    latitude: degrees(body, 'latitude', 90),
    longitude: degrees(body, 'longitude', 180),
    city: text(body, 'city'),
    tripId: text(body, 'tripId'),
    operationId: text(body, 'operationId'),
  };
}

/** The role that a caller asks to act in; absent when the body names none. */
export function roleOf({ body }: ApiCall): ActorRole | undefined {
  const given = isFields(body) ? body['as'] : undefined;
  if (given === undefined) return undefined;
  const role = actorRoles.find((known) => known === given);
  if (role === undefined || role === 'policy') {
    throw invalid(`as is ${JSON.stringify(given)}, allowed are operator, technician, rider, service`);
  }
  return role;
}

/** Why something is withdrawn. */
export function reasonOf(call: ApiCall): string {
  return call.body === undefined ? 'withdrawn' : (text(bodyOf(call, ['as', 'reason']), 'reason') ?? 'withdrawn');
}

function bodyOf({ body }: ApiCall, allowed: readonly string[]): Fields {
  if (!isFields(body)) throw invalid('the body is no JSON object');
  const unknown = Object.keys(body).find((name) => !allowed.includes(name));
  if (unknown !== undefined) throw invalid(`"${unknown.slice(0, 40)}" is no field, allowed are ${allowed.join(', ')}`);
  return body;
}

const longestText = 256;

function text(body: Fields, name: string): string | undefined {
  const value = body[name];
  if (value === undefined) return undefined;
  if (typeof value === 'string' && value !== '' && value.length <= longestText) return value;
  throw invalid(`${name} is ${shown(value)}, allowed is text of 1 to ${longestText} characters`);
}

function number(body: Fields, name: string): number | undefined {
  const value = body[name];
  if (value === undefined || (typeof value === 'number' && Number.isFinite(value))) return value;
  throw invalid(`${name} is ${shown(value)}, allowed is a number`);
}

function degrees(body: Fields, name: string, most: number): number {
  const value = needed(body, name, number(body, name));
  if (Math.abs(value) <= most) return value;
  throw invalid(`${name} is ${value}, allowed is -${most} to ${most}`);
}

function texts(body: Fields, name: string): Readonly<Record<string, string>> | undefined {
  const value = body[name];
  if (value === undefined) return undefined;
  if (isFields(value) && Object.values(value).every((one) => typeof one === 'string'))
    return value as Record<string, string>;
  throw invalid(`${name} is ${shown(value)}, allowed is an object of texts`);
}

function needed<T>(body: Fields, name: string, value: T | undefined): T {
  if (value === undefined) throw invalid(`${name} is missing`);
  return value;
}

function shown(value: unknown): string {
  return (JSON.stringify(value) ?? 'nothing').slice(0, 60);
}

function invalid(what: string): AppError {
  return new AppError('EVENTBUS_API_PARAMETER_INVALID', what);
}
