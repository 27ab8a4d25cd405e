import type { Command } from 'commander';
import { defaultSettings } from '../../local/platform/settings.ts';

/** The flags of `event-bus certificate` as commander gives them. */
export interface CertificateFlags {
  readonly dataDir: string;
  readonly gateway?: boolean;
  readonly json?: boolean;
}

export function certificateCommand(program: Command): void {
  program
    .command('certificate')
    .argument('<DEVICE>', 'device id, which becomes the common name')
    .description('Gives a device a certificate of the development authority, for MQTT on port 8883 and for gRPC.')
    .option('--data-dir <DIR>', 'folder of the bus on this machine, which has the authority', defaultSettings.dataDir)
    .option('--gateway', 'for an edge gateway, which speaks for any device over gRPC with --grpc-tls mutual')
    .option('--json', 'the paths as JSON')
    .addHelpText(
      'after',
      `
The authority is made when the bus starts for the first time. A certificate lasts a year; asked for again, it stays the
same until a month before its end. For development only: the authority's key lies beside the certificates.

Examples:
  event-bus certificate van-7
  event-bus certificate van-7 --json | jq -r .certificate`,
    )
    .action(async (device: string, flags: CertificateFlags) => {
      const { runCertificate } = await import('./run-certificate.ts');
      await runCertificate(device, flags);
    });
}
