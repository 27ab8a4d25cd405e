import { readEndpoints } from '../../local/platform/endpoints.ts';
import { folders } from '../../local/platform/settings.ts';
import { busCertificates } from '../devices/device-credentials.ts';
import type { CertificateFlags } from './command.ts';

/** Makes or finds a device's certificate and prints where it lies and how it is used. */
export async function runCertificate(device: string, { dataDir, json }: CertificateFlags): Promise<void> {
  const certificates = await busCertificates(folders(dataDir).certificates);
  const { keyFile, certificateFile } = await certificates.issueDeviceCertificate(device);
  const files = { device, ca: certificates.caFile, certificate: certificateFile, key: keyFile };
  process.stdout.write(json === true ? `${JSON.stringify(files)}\n` : text(files, readEndpoints(dataDir).mqtts));
}

function text(
  files: { readonly device: string; readonly ca: string; readonly certificate: string; readonly key: string },
  url: string,
) {
  const { device, ca, certificate, key } = files;
  const { hostname, port } = new URL(url);
  return `authority    ${ca}
certificate  ${certificate}
key          ${key}

mosquitto_pub -h ${hostname} -p ${port} --cafile ${ca} --cert ${certificate} --key ${key} \\
  -i ${device} -q 1 -t fleet/${device}/telemetry -m '{"deviceId":"${device}","readings":[]}'
`;
}
