import type { CommandReply, VehicleCommand, VehicleCommandState } from '../../catalogue/events.generated.ts';
import { AppError } from '../../core/errors/app-error.ts';
import { nextStep } from '../../core/fleet/command-lifecycle.ts';
import { decideCommand, type PolicyDecision } from '../../core/fleet/command-policy.ts';
import type { BatchProcessor, Item } from '../batch/processor.ts';
import {
  type EffectContext,
  type EffectDependencies,
  type Handled,
  makeEffectProcessor,
} from '../effects/effect-processor.ts';
import { checkObeyed } from './command-checks.ts';
import { type Cause, issuerKind, tellOperation, tellStep, writeDown } from './command-events.ts';
import { insertCommand, knownVehicle, lockedCommand, makeDue } from './command-table.ts';
import { type Delivery, deliverDue } from './deliver.ts';
import { takeStep } from './take-step.ts';

export const commandDispatcher = 'command-dispatcher';

/** Value of either topic. */
export type DispatcherValue = VehicleCommand | CommandReply;

export interface DispatcherDependencies extends EffectDependencies<DispatcherValue>, Delivery {}

/** Judges new commands, sends them to their vehicles, and follows what the vehicles say. */
export function makeDispatcherProcessor(dependencies: DispatcherDependencies): BatchProcessor<DispatcherValue> {
  return makeEffectProcessor<DispatcherValue>({
    ...dependencies,
    consumer: commandDispatcher,
    work: async (items, context) => {
      const handled: Handled[] = [];
      for (const item of items) handled.push(await handle(item, context));
      return handled;
    },
    after: async (items) => {
      await deliverDue(dependencies, [...new Set(items.map(({ value }) => value.vehicleId))]);
    },
  });
}

function handle(item: Item<DispatcherValue>, context: EffectContext): Promise<Handled> {
  return 'issuedBy' in item.value
    ? handleCommand(item as Item<VehicleCommand>, context)
    : handleReply(item as Item<CommandReply>, context);
}

/** New commands and withdrawals are acted on; everything else here are steps that this consumer told itself. */
async function handleCommand(item: Item<VehicleCommand>, context: EffectContext): Promise<Handled> {
  if (item.event.type === 'vehicle.command.issued') return judge(item, context);
  return item.event.type === 'vehicle.command.cancelled' ? withdraw(item, context) : 'applied';
}

async function judge({ value: command, event }: Item<VehicleCommand>, context: EffectContext): Promise<Handled> {
  const { client, effects, nowMs } = context;
  const decision = decideCommand({ command, vehicle: await knownVehicle(client, command.vehicleId), nowMs });
  const state = stateAfter(decision);
  const reason = decision.verdict === 'allowed' ? null : decision.reason;
  const fresh = await insertCommand(client, command, { state, rule: decision.rule, reason, atMs: nowMs });
  if (!fresh) return { skipped: 'duplicate', detail: `the command ${command.commandId} is known` };
  const cause: Cause = {
    id: event.id,
    consumer: commandDispatcher,
    actorId: command.issuedBy,
    actorKind: issuerKind(command.issuedBy),
    traceparent: event.traceparent,
  };
  const resultCode = decision.verdict === 'allowed' ? null : `policy:${decision.rule}`;
  const told = { command, state, atMs: nowMs, resultCode, resultDetail: reason };
  if (state === 'ISSUED') tellOperation(effects, told, cause);
  else tellStep(effects, told, cause);
  const outcome = decision.verdict === 'allowed' ? 'SUCCEEDED' : decision.verdict === 'denied' ? 'DENIED' : 'FAILED';
  writeDown(effects, { ...told, outcome, rule: decision.rule }, cause);
  return 'applied';
}

function stateAfter({ verdict }: PolicyDecision): VehicleCommandState {
  if (verdict === 'allowed') return 'ISSUED';
  return verdict === 'denied' ? 'REJECTED' : 'EXPIRED';
}

async function withdraw({ value, event }: Item<VehicleCommand>, context: EffectContext): Promise<Handled> {
  const row = await lockedCommand(context.client, value.commandId);
  if (row === null) return { skipped: 'rejected', detail: `there is no command ${value.commandId}` };
  const step = nextStep({ state: row.state, expiresAtMs: row.expiresAtMs }, { kind: 'cancel' }, context.nowMs);
  if ('ignored' in step) return { skipped: 'filtered', detail: `${step.ignored}: the command is ${row.state}` };
  const cause: Cause = {
    id: event.id,
    consumer: commandDispatcher,
    actorId: value.issuedBy,
    actorKind: issuerKind(value.issuedBy),
    traceparent: event.traceparent,
  };
  await takeStep(context, row, {
    step: { to: step.to, atMs: context.nowMs, code: 'withdrawn', detail: value.resultDetail },
    cause,
  });
  return 'applied';
}

async function handleReply({ value: reply, key, event }: Item<CommandReply>, context: EffectContext): Promise<Handled> {
  if (key !== null && key !== reply.vehicleId) {
    throw new AppError(
      'EVENTBUS_FLEET_REPLY_FOREIGN',
      `"${reply.vehicleId.slice(0, 80)}", sent by "${key.slice(0, 80)}"`,
    );
  }
  const { client, effects, nowMs } = context;
  if (reply.state === 'LISTENING') {
    await makeDue(client, reply.vehicleId, nowMs);
    return 'applied';
  }
  const row = reply.commandId === null ? null : await lockedCommand(client, reply.commandId);
  if (row?.vehicleId !== reply.vehicleId || reply.state === 'UNKNOWN') {
    return { skipped: 'rejected', detail: `no command of this vehicle: ${reply.commandId ?? 'none named'}` };
  }
  const cause: Cause = {
    id: event.id,
    consumer: commandDispatcher,
    actorId: reply.vehicleId,
    actorKind: 'DEVICE',
    traceparent: event.traceparent,
  };
  const step = nextStep(
    { state: row.state, expiresAtMs: row.expiresAtMs },
    { kind: 'reply', state: reply.state },
    nowMs,
  );
  if ('to' in step) {
    await takeStep(context, row, {
      step: { to: step.to, atMs: nowMs, code: reply.resultCode, detail: reply.resultDetail },
      cause,
    });
    return 'applied';
  }
  if (!step.breach) return { skipped: 'filtered', detail: `${step.ignored}: the command is ${row.state}` };
  const told = { command: row.content, state: row.state, atMs: nowMs, resultCode: 'acted-after-end' };
  const resultDetail = `The vehicle said ${reply.state} although the command was ${row.state}.`;
  writeDown(effects, { ...told, resultDetail, outcome: 'FAILED' }, cause);
  checkObeyed(effects, { ...told, resultDetail }, cause);
  return 'applied';
}
