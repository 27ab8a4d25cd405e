/** One assignment strategy a member offers, with its subscription in that strategy's own form. */
export interface Protocol {
  readonly name: string;
  readonly metadata: Buffer;
}

export interface JoinResult {
  readonly error: number;
  readonly generation: number;
  readonly protocolType: string | null;
  readonly protocolName: string | null;
  readonly leader: string;
  readonly memberId: string;
  readonly skipAssignment: boolean;
  readonly members: readonly {
    readonly memberId: string;
    readonly groupInstanceId: string | null;
    readonly metadata: Buffer;
  }[];
}

export interface SyncResult {
  readonly error: number;
  readonly protocolType: string | null;
  readonly protocolName: string | null;
  readonly assignment: Buffer;
}

export interface MemberFacts {
  readonly groupInstanceId: string | null;
  readonly clientId: string;
  readonly clientHost: string;
  readonly sessionTimeoutMs: number;
  readonly rebalanceTimeoutMs: number;
  readonly protocols: readonly Protocol[];
}

const empty = Buffer.alloc(0);

/** A member of a group. While it waits for the others it holds the answer it owes its client. */
export class Member {
  readonly id: string;
  facts: MemberFacts;
  assignment: Buffer = empty;
  awaitingJoin: ((result: JoinResult) => void) | undefined;
  awaitingSync: ((result: SyncResult) => void) | undefined;
  private session: NodeJS.Timeout | undefined;
  private readonly onExpired: (member: Member) => void;

  constructor(id: string, facts: MemberFacts, onExpired: (member: Member) => void) {
    this.id = id;
    this.facts = facts;
    this.onExpired = onExpired;
  }

  /** Sign of life: the session starts anew. */
  touch(): void {
    this.endSession();
    this.session = setTimeout(() => this.expire(), this.facts.sessionTimeoutMs);
    this.session.unref();
  }

  endSession(): void {
    clearTimeout(this.session);
  }

  private expire(): void {
    // Whoever waits for the broker is alive; it counts as heard when it gets its answer.
    if (this.awaitingJoin !== undefined || this.awaitingSync !== undefined) this.touch();
    else this.onExpired(this);
  }

  waitForJoin(closed: AbortSignal): Promise<JoinResult> {
    return waitUntilClosed(closed, (answer) => {
      this.awaitingJoin = answer;
      return () => {
        if (this.awaitingJoin === answer) this.awaitingJoin = undefined;
      };
    });
  }

  waitForSync(closed: AbortSignal): Promise<SyncResult> {
    return waitUntilClosed(closed, (answer) => {
      this.awaitingSync = answer;
      return () => {
        if (this.awaitingSync === answer) this.awaitingSync = undefined;
      };
    });
  }

  answerJoin(result: JoinResult): void {
    const answer = this.awaitingJoin;
    this.awaitingJoin = undefined;
    answer?.(result);
  }

  answerSync(result: SyncResult): void {
    const answer = this.awaitingSync;
    this.awaitingSync = undefined;
    answer?.(result);
  }

  offers(protocolName: string): boolean {
    return this.facts.protocols.some((protocol) => protocol.name === protocolName);
  }

  metadataFor(protocolName: string | null): Buffer {
    return this.facts.protocols.find((protocol) => protocol.name === protocolName)?.metadata ?? empty;
  }

  offersSameAs(protocols: readonly Protocol[]): boolean {
    const own = this.facts.protocols;
    return (
      own.length === protocols.length &&
      own.every((protocol, index) => {
        const other = protocols[index]!;
        return protocol.name === other.name && protocol.metadata.equals(other.metadata);
      })
    );
  }
}

/**
 * A promise for an answer that `hold` keeps until it is due. When the connection closes first nobody can be answered:
 * the member no longer counts as waiting, and its session runs out.
 */
function waitUntilClosed<T>(closed: AbortSignal, hold: (answer: (result: T) => void) => () => void): Promise<T> {
  return new Promise<T>((resolve) => {
    const release = hold((result) => {
      closed.removeEventListener('abort', release);
      resolve(result);
    });
    closed.addEventListener('abort', release, { once: true });
  });
}
