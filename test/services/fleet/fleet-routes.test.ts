import { describe, expect, test } from '@jest/globals';
import { AppError } from '../../../src/core/errors/app-error.ts';
import { makeApi } from '../../../src/services/api/router.ts';
import type { TokenVerifier } from '../../../src/services/auth/token-verifier.ts';
import type { FleetDesk } from '../../../src/services/fleet/fleet-desk.ts';
import { fleetRoutes } from '../../../src/services/fleet/fleet-routes.ts';
import { vehicleCommand } from '../../make/vehicle-command.ts';

/** A desk that remembers what it was asked. */
function rig() {
  const asked: (readonly unknown[])[] = [];
  const note = (...call: readonly unknown[]) => asked.push(call);
  const desk = {
    send: async (request: object, by: string) => (note('send', request, by), vehicleCommand()),
    requestDispatch: async (request: object) => (note('dispatch', request), 'd-1'),
    handleEmergency: async (id: string, action: string, by: string) => (note(action, id, by), 'RESOLVED'),
  } as unknown as FleetDesk;
  const verifier: TokenVerifier = {
    verify: async (token) => ({ subject: String(token), roles: token === 'olga' ? ['operator'] : [], expiresAtMs: 0 }),
  };
  const api = makeApi({ routes: fleetRoutes(desk, verifier), onFailure: () => undefined });
  const call = (path: string, body: unknown, token?: string) =>
    api({
      method: 'POST',
      path,
      query: new URLSearchParams(),
      headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
      body,
      actor: 'api:anna',
    });
  return { asked, call };
}

const commands = '/api/vehicles/van-7/commands';

describe('a command over HTTP', () => {
  test('is given in the name of the caller, as an operator unless he says otherwise', async () => {
    const { asked, call } = rig();
    expect(await call(commands, { kind: 'unlock' })).toMatchObject({ status: 202 });
    await call(commands, { kind: 'signal', as: 'technician', expiresInSeconds: 5 });
    expect(asked.map(([, request, by]) => [request, by])).toEqual([
      [expect.objectContaining({ vehicleId: 'van-7', kind: 'unlock' }), 'operator:api:anna'],
      [expect.objectContaining({ kind: 'signal', expiresInSeconds: 5 }), 'technician:api:anna'],
    ]);
  });

  test('with a token is given in the role that the token has', async () => {
    const { asked, call } = rig();
    await call(commands, { kind: 'unlock' }, 'olga');
    await call(commands, { kind: 'unlock' }, 'rita');
    await call(commands, { kind: 'unlock', as: 'rider' }, 'olga');
    expect(asked.map(([, , by]) => by)).toEqual(['operator:olga', 'rider:rita', 'rider:olga']);
    expect(await call(commands, { kind: 'stop', as: 'operator' }, 'rita')).toMatchObject({ status: 403 });
    expect(asked).toHaveLength(3);
  });

  test.each<[string, unknown, string]>([
    ['no body', undefined, 'no JSON object'],
    ['no kind', {}, 'kind is missing'],
    ['a field that nobody knows', { kind: 'unlock', force: true }, '"force" is no field'],
    ['a number as text', { kind: 'unlock', expiresInSeconds: '5' }, 'expiresInSeconds is "5"'],
    ['parameters that are no texts', { kind: 'set-parameter', parameters: { a: 1 } }, 'parameters is {"a":1}'],
    ['the role of a policy', { kind: 'stop', as: 'policy' }, 'as is "policy"'],
  ])('with %s is refused, and says why', async (_what, body, detail) => {
    const { asked, call } = rig();
    const answer = await call(commands, body);
    expect(answer.status).toBe(400);
    expect((answer.body as Record<string, string>)['detail']).toContain(detail);
    expect(asked).toEqual([]);
  });
});

test('a vehicle is asked to a place on earth', async () => {
  const { asked, call } = rig();
  expect(await call('/api/dispatches', { latitude: 59.9, longitude: 10.7 })).toMatchObject({
    body: { dispatchId: 'd-1' },
  });
  expect(await call('/api/dispatches', { latitude: 91, longitude: 10.7 })).toMatchObject({ status: 400 });
  expect(asked).toHaveLength(1);
});

test('an emergency is handled by operators only', async () => {
  const { asked, call } = rig();
  expect(await call('/api/emergencies/e-1/resolve', undefined, 'rita')).toMatchObject({ status: 403 });
  expect(await call('/api/emergencies/e-1/resolve', undefined, 'olga')).toMatchObject({ status: 202 });
  expect(asked).toEqual([['resolve', 'e-1', 'operator:olga']]);
});

test('a failure of the desk is told as the problem it is', async () => {
  const desk = { command: () => Promise.reject(new AppError('EVENTBUS_FLEET_COMMAND_UNKNOWN', 'got "x"')) };
  const verifier = { verify: () => Promise.reject(new Error('not asked')) };
  const api = makeApi({ routes: fleetRoutes(desk as never, verifier), onFailure: () => undefined });
  const call = { method: 'GET', path: '/api/commands/x', query: new URLSearchParams(), headers: {}, body: undefined };
  expect(await api({ ...call, actor: 'api' })).toMatchObject({ status: 404 });
});
