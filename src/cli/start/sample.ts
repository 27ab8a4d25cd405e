import type { Endpoints } from '../../local/platform/endpoints.ts';
import { simulate } from '../simulate/simulate.ts';

export interface SampleOptions {
  /** Readings a second. */
  readonly rate: number;
  readonly signal: AbortSignal;
}

/** Simulated devices that publish over MQTT until the signal. */
export async function startSample({ mqtt }: Endpoints, { rate, signal }: SampleOptions): Promise<void> {
  await simulate({ via: 'mqtt', target: () => mqtt, rate, signal });
}
