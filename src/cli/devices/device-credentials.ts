import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { AppError } from '../../core/errors/app-error.ts';
import {
  type DevelopmentCertificates,
  developmentCertificates,
} from '../../local/certificates/development-certificates.ts';
import { defaultSettings, folders } from '../../local/platform/settings.ts';

export const defaultDirectory = folders(defaultSettings.dataDir).certificates;

/** What a device shows of itself, and whom it trusts; PEM texts. */
export interface DeviceCredentials {
  readonly ca: string;
  readonly key: string;
  readonly cert: string;
}

/**
 * The certificates of a bus on this machine. Nothing is made for a bus that was never started: its authority is its own.
 * @throws AppError EVENTBUS_DEVICE_AUTHORITY_ABSENT
 */
export async function busCertificates(directory: string): Promise<DevelopmentCertificates> {
  const file = join(directory, 'ca.crt');
  if (!existsSync(file)) throw new AppError('EVENTBUS_DEVICE_AUTHORITY_ABSENT', `there is no ${file}`);
  return developmentCertificates(directory);
}

/** Gives each device the certificate that carries its id, made when it has none. */
export async function deviceCredentials(
  directory = defaultDirectory,
): Promise<(deviceId: string) => Promise<DeviceCredentials>> {
  const certificates = await busCertificates(directory);
  return async (deviceId) => {
    const { key, certificate } = await certificates.issueDeviceCertificate(deviceId);
    return { ca: certificates.ca, key, cert: certificate };
  };
}
