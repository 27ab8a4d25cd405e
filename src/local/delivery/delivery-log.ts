import { AppError } from '../../core/errors/app-error.ts';

export interface DeliveryLog {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** What reading and writing failed with last, and the log that is told of it. */
export class LastFailure {
  /** Undefined when the last attempt worked. */
  message: string | undefined;
  readonly #log: DeliveryLog;

  constructor(log: DeliveryLog) {
    this.#log = log;
  }

  failed(error: unknown, what: string, attempt: number): void {
    const message = error instanceof Error ? error.message : String(error);
    this.message = message;
    const code = error instanceof AppError ? error.code : 'EVENTBUS_KAFKA_UNAVAILABLE';
    this.#log.warn({ code, attempt }, `${what}: ${message}`);
  }

  mended(): void {
    this.message = undefined;
  }
}
