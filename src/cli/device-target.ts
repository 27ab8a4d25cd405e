import { Option } from 'commander';
import { readEndpoints } from '../local/platform/endpoints.ts';
import type { Via } from './devices/open-link.ts';

/** `--via`, with what it may be. */
export function viaOption(): Option {
  return new Option('--via <PROTOCOL>', 'how the devices speak').choices(['mqtt', 'grpc']).default('mqtt');
}

/** Where devices reach the bus: what a flag names, else the bus whose state is below the data directory, asked anew. */
export function deviceTarget(via: Via, flags: { readonly target?: string; readonly dataDir: string }): () => string {
  const { target } = flags;
  return target === undefined ? () => readEndpoints(flags.dataDir)[via] : () => target;
}
