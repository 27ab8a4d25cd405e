import type { AuditOutcome, VehicleCommandState } from '../../catalogue/events.generated.ts';
import type { EffectContext } from '../effects/effect-processor.ts';
import { checkStopped } from './command-checks.ts';
import { type Cause, type ToldStep, tellOperation, tellStep, writeDown } from './command-events.ts';
import { type CommandRow, updateCommand } from './command-table.ts';

/** A step to be taken. */
export interface Step {
  readonly to: VehicleCommandState;
  readonly atMs: number;
  readonly code: string | null;
  readonly detail: string | null;
}

const outcomes: Readonly<Partial<Record<VehicleCommandState, AuditOutcome>>> = {
  ACCEPTED: 'SUCCEEDED',
  EXECUTED: 'SUCCEEDED',
  CANCELLED: 'SUCCEEDED',
  REJECTED: 'FAILED',
  FAILED: 'FAILED',
  EXPIRED: 'FAILED',
};

/** Moves a command on and tells everybody whom the step concerns. */
export async function takeStep(
  { client, effects }: Pick<EffectContext, 'client' | 'effects'>,
  row: CommandRow,
  { step, cause }: { readonly step: Step; readonly cause: Cause },
): Promise<void> {
  const { to: state, atMs, code, detail } = step;
  await updateCommand(client, row.commandId, { state, atMs, code, detail });
  const told: ToldStep = { command: row.content, state, atMs, resultCode: code, resultDetail: detail };
  tellStep(effects, told, cause);
  tellOperation(effects, told, cause);
  const outcome = outcomes[state];
  if (outcome !== undefined) writeDown(effects, { ...told, outcome }, cause);
  // An emergency's answer counts once: at the acceptance, or at an end that no acceptance came before.
  if (row.state !== 'ACCEPTED')
    checkStopped(effects, { ...told, state: state === 'EXECUTED' ? 'ACCEPTED' : state }, cause);
}
