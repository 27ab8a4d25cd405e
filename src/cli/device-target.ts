import { Option } from 'commander';
import { readEndpoints } from '../local/platform/endpoints.ts';
import { folders } from '../local/platform/settings.ts';
import type { LinkOptions } from './devices/device-link.ts';
import type { Via } from './devices/open-link.ts';

/** `--via`, with what it may be. */
export function viaOption(): Option {
  return new Option('--via <PROTOCOL>', 'how the devices speak; mqtts: each with a certificate of its own')
    .choices(['mqtt', 'mqtts', 'grpc'])
    .default('mqtt');
}

/** `--target`, as text that a verb's help shows. */
export const targetHelp = 'mqtt://HOST:PORT, mqtts://HOST:PORT, or HOST:PORT for gRPC';

/**
 * Where devices reach the bus: what a flag names, else the bus whose state is below the data directory, asked anew; their
 * certificates are always of that bus.
 */
export function deviceTarget(
  via: Via,
  { target, dataDir }: { readonly target?: string; readonly dataDir: string },
): Pick<LinkOptions, 'target' | 'certificatesDir' | 'grpcTls'> {
  return {
    target: target === undefined ? () => readEndpoints(dataDir)[via] : () => target,
    certificatesDir: folders(dataDir).certificates,
    grpcTls: (target === undefined && readEndpoints(dataDir).grpcTls) || 'none',
  };
}
