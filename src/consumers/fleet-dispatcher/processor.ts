import type { DispatchEvent, VehicleCommand } from '../../catalogue/events.generated.ts';
import { derivedId } from '../../codec/event-id.ts';
import { dispatchPatienceMs } from '../../core/fleet/dispatch.ts';
import type { BatchProcessor, Item } from '../batch/processor.ts';
import {
  type EffectContext,
  type EffectDependencies,
  type Handled,
  makeEffectProcessor,
} from '../effects/effect-processor.ts';
import { assign, dispatchCorrelation, tellDispatch } from './assign.ts';
import {
  type DispatchRow,
  dispatchOfCommand,
  insertDispatch,
  lockedDispatch,
  takeTurn,
  updateDispatch,
} from './dispatch-table.ts';

export const fleetDispatcher = 'fleet-dispatcher';

/** Value of either topic. */
export type DispatchValue = DispatchEvent | VehicleCommand;

/** Finds a vehicle for every request, and another one when it does not take it. */
export function makeDispatchProcessor(dependencies: EffectDependencies<DispatchValue>): BatchProcessor<DispatchValue> {
  return makeEffectProcessor<DispatchValue>({
    ...dependencies,
    consumer: fleetDispatcher,
    work: async (items, context) => {
      // Most commands serve no dispatch; only those that do wait for the turn.
      if (items.some(concerns)) await takeTurn(context.client);
      const handled: Handled[] = [];
      for (const item of items) handled.push(concerns(item) ? await handle(item, context) : 'applied');
      return handled;
    },
  });
}

function concerns({ event, value }: Item<DispatchValue>): boolean {
  if (isCommand(value)) {
    return value.correlationId?.startsWith(dispatchCorrelation) === true && !begins.has(event.type);
  }
  return event.type === 'dispatch.requested' || event.type === 'dispatch.cancelled';
}

/** Types that ask for something; the others tell what came of it. */
const begins: ReadonlySet<string> = new Set(['vehicle.command.issued', 'vehicle.command.cancelled']);

function isCommand(value: DispatchValue): value is VehicleCommand {
  return 'commandId' in value;
}

function handle(item: Item<DispatchValue>, context: EffectContext): Promise<Handled> {
  const { value, event } = item;
  if (isCommand(value)) return follow(value, context);
  return event.type === 'dispatch.requested' ? request(value, context) : withdraw(value, context);
}

async function request(value: DispatchEvent, context: EffectContext): Promise<Handled> {
  const { client, nowMs } = context;
  const { dispatchId, city, tripId, operationId, pickupLatitude: latitude, pickupLongitude: longitude } = value;
  if (latitude === null || longitude === null) {
    return { skipped: 'rejected', detail: 'the request says not where the vehicle must be' };
  }
  const giveUpAtMs = nowMs + dispatchPatienceMs;
  const pickup = { latitude, longitude };
  const row = { dispatchId, giveUpAtMs, pickup, city, tripId, operationId };
  if (!(await insertDispatch(client, { ...row, atMs: nowMs }))) {
    return { skipped: 'duplicate', detail: `the dispatch ${dispatchId} is known` };
  }
  await assign(context, { ...row, status: 'REQUESTED', vehicleId: null, commandId: null, tried: [] });
  return 'applied';
}

/** A step of the command that sends the vehicle. */
async function follow({ commandId, state }: VehicleCommand, context: EffectContext): Promise<Handled> {
  const row = await dispatchOfCommand(context.client, commandId);
  if (row === null) return { skipped: 'filtered', detail: 'the dispatch has gone on without this command' };
  switch (state) {
    case 'ACCEPTED':
      return move(context, row, 'ACCEPTED');
    case 'EXECUTED':
      return move(context, row, 'ARRIVED');
    case 'REJECTED':
    case 'FAILED':
    case 'EXPIRED':
    case 'CANCELLED':
      await assign(context, { ...row, tried: [...row.tried, ...(row.vehicleId === null ? [] : [row.vehicleId])] });
      return 'applied';
    case 'UNKNOWN':
    case 'ISSUED':
    case 'DELIVERED':
    default:
      return 'applied';
  }
}

async function move(context: EffectContext, row: DispatchRow, status: 'ACCEPTED' | 'ARRIVED'): Promise<Handled> {
  const { client, nowMs } = context;
  if (row.status === status) return { skipped: 'duplicate', detail: `the dispatch is ${status}` };
  const { vehicleId, commandId, tried } = row;
  await updateDispatch(client, row.dispatchId, { status, atMs: nowMs, vehicleId, commandId, tried });
  tellDispatch(context, row, { status, step: `${status.toLowerCase()}/${tried.length}` });
  return 'applied';
}

const over = new Set(['ARRIVED', 'COMPLETED', 'CANCELLED', 'FAILED']);

/** Whoever asked does so no more: the vehicle that is on its way is called off. */
async function withdraw(value: DispatchEvent, context: EffectContext): Promise<Handled> {
  const { client, effects, nowMs } = context;
  const row = await lockedDispatch(client, value.dispatchId);
  if (row === null) return { skipped: 'rejected', detail: `there is no dispatch ${value.dispatchId}` };
  if (over.has(row.status)) return { skipped: 'filtered', detail: `the dispatch is ${row.status}` };
  const { vehicleId, commandId, tried } = row;
  const reason = value.reason ?? 'withdrawn';
  await updateDispatch(client, row.dispatchId, {
    status: 'CANCELLED',
    atMs: nowMs,
    vehicleId,
    commandId: null,
    tried,
    reason,
  });
  if (commandId === null || vehicleId === null) return 'applied';
  const { rows } = await client.query<{ content: VehicleCommand }>(
    'select content from vehicle_command where command_id = $1',
    [commandId],
  );
  const [found] = rows;
  if (found === undefined) return 'applied';
  effects.event({
    topic: 'vehicle.commands.v1',
    key: vehicleId,
    subject: 'VehicleCommand',
    value: { ...found.content, state: 'CANCELLED', stateAt: nowMs, resultCode: 'withdrawn', resultDetail: reason },
    event: {
      id: derivedId(commandId, 'fleet-dispatcher/cancelled', 0),
      type: 'vehicle.command.cancelled',
      time: new Date(nowMs).toISOString(),
    },
  });
  return 'applied';
}
