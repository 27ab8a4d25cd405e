import { readEndpoints } from '../../local/platform/endpoints.ts';
import { folders } from '../../local/platform/settings.ts';
import { busCertificates } from '../devices/device-credentials.ts';
import type { CertificateFlags } from './command.ts';

/** Makes or finds a device's certificate and prints where it lies and how it is used. */
export async function runCertificate(device: string, { dataDir, gateway, json }: CertificateFlags): Promise<void> {
  const certificates = await busCertificates(folders(dataDir).certificates);
  const { keyFile, certificateFile } =
    gateway === true
      ? await certificates.issueGatewayCertificate(device)
      : await certificates.issueDeviceCertificate(device);
  const files = { device, ca: certificates.caFile, certificate: certificateFile, key: keyFile };
  if (json === true) process.stdout.write(`${JSON.stringify(files)}\n`);
  else
    process.stdout.write(
      gateway === true ? paths(files) : `${paths(files)}\n${example(files, readEndpoints(dataDir).mqtts)}`,
    );
}

interface Files {
  readonly device: string;
  readonly ca: string;
  readonly certificate: string;
  readonly key: string;
}

function paths({ ca, certificate, key }: Files): string {
  return `authority    ${ca}\ncertificate  ${certificate}\nkey          ${key}\n`;
}

function example({ device, ca, certificate, key }: Files, url: string): string {
  const { hostname, port } = new URL(url);
  return `mosquitto_pub -h ${hostname} -p ${port} --cafile ${ca} --cert ${certificate} --key ${key} \\
  -i ${device} -q 1 -t fleet/${device}/telemetry -m '{"deviceId":"${device}","readings":[]}'
`;
}
