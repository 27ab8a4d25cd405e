import type { EventPublisher } from '../../kafka/publisher.ts';
import type { AnyCall, Identify } from './caller-identity.ts';
import type { Caller, Intake } from './intake.ts';
import type { PublishRequest, PublishResponse } from './messages.ts';
import type { PendingBudget } from './pending-budget.ts';
import type { Refusals } from './refusals.ts';

/** What the calls of one gateway share. */
export interface CallContext {
  readonly intake: (request: PublishRequest, caller: Caller) => Intake;
  readonly identify: Identify;
  readonly publisher: Pick<EventPublisher, 'send'>;
  readonly budget: PendingBudget;
  readonly refusals: Refusals;
  readonly activity: Activity;
  /** Requests of one stream that may wait for the log at once. */
  readonly maxInFlightPerStream: number;
}

/** Counts what the gateway did and what is under way, and tells when nothing is. */
export class Activity {
  requests = 0;
  acceptedReadings = 0;
  records = 0;
  streams = 0;
  closing = false;
  #inFlight = 0;
  #idle: (() => void)[] = [];

  get inFlight(): number {
    return this.#inFlight;
  }

  begin(): void {
    this.#inFlight += 1;
    this.requests += 1;
  }

  end(): void {
    this.#inFlight -= 1;
    if (this.#inFlight > 0) return;
    for (const resolve of this.#idle.splice(0)) resolve();
  }

  async whenIdle(): Promise<void> {
    if (this.#inFlight === 0) return;
    await new Promise<void>((resolve) => this.#idle.push(resolve));
  }
}

/** Counts and logs the readings of a request that were not taken: one line a request and code. */
export function noteRejections(context: CallContext, intake: Intake, call: AnyCall): void {
  for (const { code, message, field, index } of intake.rejected) {
    context.refusals.count(code, { peer: call.getPeer(), field, index }, message);
  }
}

/** Sends a request's records and answers with its fate. The caller holds the budget for them. */
export async function store(context: CallContext, intake: Intake): Promise<PublishResponse> {
  if (intake.records.length > 0) await context.publisher.send(intake.records);
  context.activity.acceptedReadings += intake.accepted;
  context.activity.records += intake.records.length;
  return { accepted: intake.accepted, rejected: intake.rejected };
}
