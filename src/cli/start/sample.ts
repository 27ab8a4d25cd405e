import type { Endpoints } from '../../local/platform/endpoints.ts';

export interface SampleOptions {
  /** Readings a second. */
  readonly rate: number;
  readonly signal: AbortSignal;
}

/** Simulated devices that publish gently over MQTT until the signal. */
export async function startSample(_endpoints: Endpoints, _options: SampleOptions): Promise<void> {}
