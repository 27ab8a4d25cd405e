import type { Logger } from 'pino';
import type { AppError } from '../../core/errors/app-error.ts';
import { type PartThread, startPartThread } from '../platform/part-thread.ts';
import type { LakeDeliveryStatus } from './delivery.ts';

/** What the delivery thread is started with. */
export interface DeliverySettings {
  readonly bootstrapServers: string;
  readonly topics: readonly string[];
  /** The lake's folder. */
  readonly directory: string;
  /** Longest wait of a record for its file, ms. */
  readonly bufferMs: number;
}

export interface DeliveryOptions extends DeliverySettings {
  readonly log: Logger;
  readonly onStopped: (error: AppError) => void;
}

/** Starts the lake delivery in a thread of its own; its function is loaded there, as Firehose has its own invoker. */
export function startDelivery({
  log,
  onStopped,
  ...settings
}: DeliveryOptions): Promise<PartThread<null, LakeDeliveryStatus>> {
  const module = new URL('./delivery-thread.ts', import.meta.url);
  return startPartThread({ name: 'delivery', module, settings, log, onStopped });
}
