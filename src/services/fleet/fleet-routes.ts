import { AppError } from '../../core/errors/app-error.ts';
import { type ActorRole, actorText } from '../../core/fleet/actor.ts';
import { emergencyActions } from '../../core/fleet/emergency.ts';
import type { ApiCall, Route } from '../api/api-call.ts';
import { bearerToken } from '../auth/bearer.ts';
import type { TokenVerifier } from '../auth/token-verifier.ts';
import type { FleetDesk } from './fleet-desk.ts';
import { commandOf, dispatchOf, reasonOf, roleOf } from './fleet-parameters.ts';

const listed = 100;

/** Roles of a token that let its holder act as an operator. */
const operatorRoles = ['operator', 'admin'];

/**
 * Who asks, in the role that the call names. With a token the role must be the token's: operators may act in any, others
 * as riders. Without one the caller is taken at his word, as everywhere on this API, which belongs on loopback.
 */
async function actorOf(call: ApiCall, verifier: TokenVerifier): Promise<string> {
  const wanted = roleOf(call);
  if (call.headers['authorization'] === undefined) return actorText({ role: wanted ?? 'operator', name: call.actor });
  const { subject, roles } = await verifier.verify(bearerToken(call.headers['authorization']));
  const operates = roles.some((role) => operatorRoles.includes(role));
  const role: ActorRole = wanted ?? (operates ? 'operator' : 'rider');
  if (!operates && role !== 'rider') {
    throw new AppError('EVENTBUS_FLEET_ROLE_DENIED', `"${subject}" asks to act as ${role}`);
  }
  return actorText({ role, name: subject });
}

/** Only operators handle emergencies. */
async function operatorOf(call: ApiCall, verifier: TokenVerifier): Promise<string> {
  const actor = await actorOf(call, verifier);
  if (actor.startsWith('operator:')) return actor;
  throw new AppError('EVENTBUS_FLEET_ROLE_DENIED', `"${actor}"; operators handle emergencies`);
}

/** The fleet over HTTP. Whatever changes something is answered with 202: consumers decide. */
export function fleetRoutes(desk: FleetDesk, verifier: TokenVerifier): readonly Route[] {
  return [...commandRoutes(desk, verifier), ...dispatchRoutes(desk, verifier), ...emergencyRoutes(desk, verifier)];
}

function commandRoutes(desk: FleetDesk, verifier: TokenVerifier): readonly Route[] {
  return [
    {
      method: 'POST',
      path: '/api/vehicles/:vehicleId/commands',
      summary:
        'Gives a vehicle a command: { kind, as, priority, expiresInSeconds, latitude, longitude, speedLimitKmh, softwareVersion, parameters, tripId }.',
      answer: async (call, { vehicleId = '' }) => {
        const command = await desk.send(commandOf(call, vehicleId), await actorOf(call, verifier));
        const location = `/api/commands/${command.commandId}`;
        return { status: 202, headers: { location }, body: { commandId: command.commandId } };
      },
    },
    {
      method: 'GET',
      path: '/api/vehicles/:vehicleId/commands',
      summary: 'The latest 100 commands of a vehicle, the latest first.',
      answer: async (_call, { vehicleId = '' }) => ({
        status: 200,
        body: { items: await desk.commands(vehicleId, listed) },
      }),
    },
    {
      method: 'GET',
      path: '/api/commands/:commandId',
      summary: 'One command: what was decided and how far it has come; known a moment after it was given.',
      answer: async (_call, { commandId = '' }) => ({ status: 200, body: await desk.command(commandId) }),
    },
    {
      method: 'POST',
      path: '/api/commands/:commandId/cancel',
      summary: 'Withdraws a command that its vehicle has not taken yet.',
      answer: async (call, { commandId = '' }) => ({
        status: 202,
        body: await desk.cancel(commandId, await actorOf(call, verifier)),
      }),
    },
  ];
}

function dispatchRoutes(desk: FleetDesk, verifier: TokenVerifier): readonly Route[] {
  return [
    {
      method: 'POST',
      path: '/api/dispatches',
      summary: 'Asks for a vehicle at a place: { latitude, longitude, city, tripId, operationId }.',
      answer: async (call) => {
        await actorOf(call, verifier);
        const dispatchId = await desk.requestDispatch(dispatchOf(call));
        return { status: 202, headers: { location: `/api/dispatches/${dispatchId}` }, body: { dispatchId } };
      },
    },
    {
      method: 'GET',
      path: '/api/dispatches/:dispatchId',
      summary: 'One request for a vehicle: which one was sent, and who did not take it.',
      answer: async (_call, { dispatchId = '' }) => ({ status: 200, body: await desk.dispatch(dispatchId) }),
    },
    {
      method: 'POST',
      path: '/api/dispatches/:dispatchId/cancel',
      summary: 'Withdraws a request: { reason }.',
      answer: async (call, { dispatchId = '' }) => {
        await actorOf(call, verifier);
        await desk.cancelDispatch(dispatchId, reasonOf(call));
        return { status: 202, body: { dispatchId } };
      },
    },
  ];
}

function emergencyRoutes(desk: FleetDesk, verifier: TokenVerifier): readonly Route[] {
  const handling = emergencyActions.map(
    (action): Route => ({
      method: 'POST',
      path: `/api/emergencies/:emergencyId/${action}`,
      summary: `Takes the step "${action}" of an emergency; for operators.`,
      answer: async (call, { emergencyId = '' }) => {
        const by = await operatorOf(call, verifier);
        return { status: 202, body: { emergencyId, state: await desk.handleEmergency(emergencyId, action, by) } };
      },
    }),
  );
  return [
    {
      method: 'GET',
      path: '/api/emergencies',
      summary: 'Emergencies that are open, the latest first.',
      answer: async () => ({ status: 200, body: { items: await desk.emergencies() } }),
    },
    ...handling,
  ];
}
