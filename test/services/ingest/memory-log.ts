import type { EventPublisher, OutgoingEvent, OutgoingRecord } from '../../../src/kafka/publisher.ts';
import type { IngestLog } from '../../../src/services/ingest/refusals.ts';

/** A log in memory whose behaviour a test chooses: at once, slow, held until released, or failing. */
export class MemoryLog implements EventPublisher {
  readonly records: OutgoingRecord[] = [];
  /** What a send waits for before its records count as stored. */
  gate: (records: readonly OutgoingRecord[]) => Promise<void> = () => Promise.resolve();
  sends = 0;

  async send(records: readonly OutgoingRecord[]): Promise<void> {
    this.sends += 1;
    await this.gate(records);
    this.records.push(...records);
  }

  publish(_events: readonly OutgoingEvent[]): Promise<void> {
    return Promise.reject(new Error('the gateways send records, not events'));
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  /** Holds every send until the returned function is called. */
  hold(): () => void {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.gate = () => promise;
    return () => {
      this.gate = () => Promise.resolve();
      resolve();
    };
  }
}

export interface LoggedLine {
  readonly level: 'info' | 'warn' | 'error';
  readonly fields: Readonly<Record<string, unknown>>;
  readonly message: string;
}

/** A logger that keeps its lines. */
export function recordingLog(): { log: IngestLog; lines: LoggedLine[] } {
  const lines: LoggedLine[] = [];
  const at =
    (level: LoggedLine['level']) =>
    (fields: unknown, message?: unknown): void => {
      lines.push({ level, fields: fields as Record<string, unknown>, message: String(message) });
    };
  return { log: { info: at('info'), warn: at('warn'), error: at('error') }, lines };
}

/** Waits until `condition` holds; fails with `what` after two seconds. */
export async function eventually(what: string, condition: () => boolean): Promise<void> {
  for (let waited = 0; waited < 2_000; waited += 5) {
    if (condition()) return;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  throw new Error(`after 2 s still not: ${what}`);
}
