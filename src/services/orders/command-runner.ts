import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Codec } from '../../codec/codec.ts';
import { derivedId } from '../../codec/event-id.ts';
import { AppError } from '../../core/errors/app-error.ts';
import { type ErrorCode, errorRegistry } from '../../core/errors/registry.ts';
import { type Decider, fold, type Refusal, refusalError } from '../../core/orders/decider.ts';
import type { Provenance, Publication } from '../../core/orders/publication.ts';
import { retryDelay } from '../../core/retry-delay.ts';
import type { EventStore, HandledCommand, StreamHead } from '../../postgres/event-store/event-store.ts';
import type { Carried, CommandHead, Versioned } from './order-commands.ts';
import { makeOutboxCheck } from './publishable.ts';
import { makeTurns } from './turns.ts';

/** One kind of aggregate with its rules and what others hear of it. */
export interface Aggregate<State, Command, Event> {
  readonly decider: Decider<State, Command, Event>;
  readonly publish: (state: State, event: Event, provenance: Provenance) => Publication;
}

type Happened = { readonly type: string };

interface Call<Command> {
  readonly head: CommandHead;
  readonly command: Command;
}

/** What was stored for a command. */
interface Outcome<State> {
  readonly carried: Carried<State>;
  readonly refusal: Refusal | null;
  /** Events left in the outbox. */
  readonly left: number;
}

/** Carries commands out against an event store. */
export interface CommandRunner {
  /** Decides and stores; tries again when another command on the same aggregate was faster. */
  run<State, Command extends object, Event extends Happened>(
    aggregate: Aggregate<State, Command, Event>,
    streamId: string,
    order: Call<Command>,
  ): Promise<Carried<State>>;
  read<State, Event>(
    aggregate: { readonly decider: Pick<Decider<State, never, Event>, 'evolve' | 'stateFormat'> },
    streamId: string,
  ): Promise<Versioned<State> | null>;
}

/** A command is tried so often: on a busy product each try loses to at most one other command that won. */
const maxTries = 40;
/** Room for the ids that sagas make of an order's and a product's. */
const maxCommandId = 300;
/** How long a command lets others of this process on the same stream go before it, ms. */
const turnPatienceMs = 1_000;
const backoff = { baseMs: 2, capMs: 100 };
/** Names no command: nothing is looked up. */
const noCommand = '';

/** What commands are carried out with. */
export interface CommandRunnerOptions {
  readonly store: EventStore;
  /** Encodes events as their publisher will, to see before the commit whether it can. @default one of derived schema ids */
  readonly codec?: Codec | undefined;
  /** Told after each commit that left something to be published. @default nobody */
  readonly onAppended?: () => Promise<void>;
}

/** Makes the runner over an event store. */
export function makeCommandRunner({ store, codec, onAppended }: CommandRunnerOptions): CommandRunner {
  const check = makeOutboxCheck(codec);
  const turns = makeTurns(turnPatienceMs);
  return {
    async run(aggregate, streamId, order) {
      requireHead(order.head);
      const { carried, refusal, left } = await turns(streamId, () => carryOut(aggregate, streamId, order));
      if (left > 0) await onAppended?.();
      if (refusal !== null) throw refusalError(refusal);
      return carried;
    },
    async read(aggregate, streamId) {
      const { head: stream } = await store.load(streamId, noCommand);
      const state = await stateOf(store, aggregate.decider, { streamId, stream });
      return state === null ? null : { stream: streamId, version: stream.version, state };
    },
  };

  async function carryOut<State, Command extends object, Event extends Happened>(
    aggregate: Aggregate<State, Command, Event>,
    streamId: string,
    { head, command }: Call<Command>,
  ): Promise<Outcome<State>> {
    const fingerprint = fingerprintOf(streamId, command);
    for (let attempt = 1; attempt <= maxTries; attempt += 1) {
      const { head: stream, handled } = await store.load(streamId, head.commandId);
      const state = await stateOf(store, aggregate.decider, { streamId, stream });
      if (handled !== null) {
        const carried = await repeat(store, aggregate.decider, { handled, stream, state, streamId, fingerprint });
        return { carried, refusal: null, left: 0 };
      }
      requireVersion(head, streamId, stream.version);
      const decision = aggregate.decider.decide(state, command);
      const events = 'refused' in decision ? [] : decision.events;
      const refusal = 'refused' in decision ? decision.refused : null;
      const told = tell(aggregate, { state, events, head, version: stream.version });
      const appending = {
        streamId,
        kind: aggregate.decider.kind,
        expectedVersion: stream.version,
        events: told.events,
        state: told.state,
        stateFormat: aggregate.decider.stateFormat,
        outbox: told.outbox,
        command: { ...commandOf(head, stream), fingerprint, refusal },
      };
      check(appending);
      const result = await store.append(appending);
      if (result === 'appended') {
        const version = stream.version + events.length;
        const carried = { stream: streamId, version, state: told.state as never, repeated: false };
        return { carried, refusal, left: told.outbox.length };
      }
      if (result === 'conflict') await sleep(retryDelay(backoff, attempt, Math.random()));
    }
    throw new AppError('EVENTBUS_ORDER_CONTENTION', `command ${head.commandId} on ${streamId}, ${maxTries} tries`);
  }
}

function requireHead({ commandId, at }: CommandHead): void {
  if (commandId.length < 1 || commandId.length > maxCommandId) {
    throw new AppError(
      'EVENTBUS_ORDER_INVALID',
      `commandId has ${commandId.length} characters; allowed are 1 to ${maxCommandId}`,
    );
  }
  if (!Number.isFinite(new Date(at).getTime()))
    throw new AppError('EVENTBUS_ORDER_INVALID', `at is ${at}; allowed are ms since 1970`);
}

function requireVersion({ expectedVersion }: CommandHead, streamId: string, version: number): void {
  if (expectedVersion === undefined || expectedVersion === version) return;
  throw new AppError('EVENTBUS_ORDER_VERSION', `${streamId} is at version ${version}, expected was ${expectedVersion}`);
}

/** Hash of what a command wants; not of its time, which a repetition may give anew. */
function fingerprintOf(streamId: string, command: object): string {
  const text = JSON.stringify([streamId, command], (name, value: unknown) => (name === 'at' ? undefined : value));
  return createHash('sha256').update(text).digest('hex').slice(0, 32);
}

interface At {
  readonly streamId: string;
  readonly stream: StreamHead;
}

async function stateOf<State, Event>(
  store: EventStore,
  decider: Pick<Decider<State, never, Event>, 'evolve' | 'stateFormat'>,
  { streamId, stream }: At,
): Promise<State | null> {
  if (stream.version === 0) return null;
  if (stream.stateFormat === decider.stateFormat) return stream.state as State;
  return foldStream(store, decider, { streamId, toVersion: stream.version });
}

/** State that the events of a stream lead to, up to a version or a time. */
export async function foldStream<State, Event>(
  store: Pick<EventStore, 'events'>,
  decider: Pick<Decider<State, never, Event>, 'evolve'>,
  { streamId, ...range }: { readonly streamId: string; readonly toVersion?: number; readonly untilMs?: number },
): Promise<State | null> {
  const limit = 1_000;
  let state: State | null = null;
  for (let fromVersion = 1; ; fromVersion += limit) {
    const rows = await store.events(streamId, { ...range, fromVersion, limit });
    state = fold(
      decider,
      rows.map(({ data }) => data as Event),
      state,
    );
    if (rows.length < limit) return state;
  }
}

interface Repetition<State> extends At {
  readonly handled: HandledCommand;
  readonly state: State | null;
  readonly fingerprint: string;
}

/** The first answer again. */
async function repeat<State, Event>(
  store: EventStore,
  decider: Pick<Decider<State, never, Event>, 'evolve'>,
  { handled, stream, state, streamId, fingerprint }: Repetition<State>,
): Promise<Carried<State>> {
  if (handled.fingerprint !== null && handled.fingerprint !== fingerprint) {
    throw new AppError('EVENTBUS_ORDER_COMMAND_REUSED', `the first one with this id went to ${handled.streamId}`);
  }
  if (handled.refusal !== null) throw refusalError(knownRefusal(handled.refusal));
  const { version } = handled;
  const then = version === stream.version ? state : await foldStream(store, decider, { streamId, toVersion: version });
  return { stream: streamId, version, state: then as State, repeated: true };
}

/** Codes of earlier versions of the program may be gone. */
function knownRefusal({ code, what }: { readonly code: string; readonly what: string }): Refusal {
  return { code: code in errorRegistry ? (code as ErrorCode) : 'EVENTBUS_ORDER_STATE', what };
}

interface Told<State, Event> {
  readonly decider: Pick<Decider<State, never, Event>, 'kind' | 'evolve'>;
  readonly publish: Aggregate<State, never, Event>['publish'];
}

interface Telling<State, Event> {
  readonly state: State | null;
  readonly events: readonly Event[];
  readonly head: CommandHead;
  readonly version: number;
}

/** Events with their ids, the state after them, and what others hear. */
function tell<State, Event extends Happened>(
  { decider, publish }: Told<State, Event>,
  { state: before, events, head, version }: Telling<State, Event>,
) {
  let state = before;
  const rows = events.map((event, index) => {
    const next = decider.evolve(state, event);
    state = next;
    const eventId = derivedId(head.commandId, decider.kind, index);
    const publication = publish(next, event, {
      streamVersion: version + index + 1,
      sagaId: head.sagaId ?? null,
      correlationId: head.correlationId ?? null,
      causationId: head.causationId ?? null,
    });
    return { eventId, event, publication };
  });
  return {
    state,
    events: rows.map(({ eventId, event }) => ({ eventId, type: event.type, data: event })),
    outbox: rows.map(({ eventId, publication }) => ({ eventId, ...publication })),
  };
}

/** Times of a stream never go back, whatever the clocks of those who write it say. */
function commandOf(head: CommandHead, { lastAtMs }: StreamHead) {
  return {
    id: head.commandId,
    atMs: Math.max(head.at, lastAtMs),
    actor: head.actor ?? null,
    sagaId: head.sagaId ?? null,
    correlationId: head.correlationId ?? null,
    causationId: head.causationId ?? null,
  };
}
