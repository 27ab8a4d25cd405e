import { createPrivateKey, X509Certificate } from 'node:crypto';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { developmentCertificates } from '../../../src/local/certificates/development-certificates.ts';

let directory: string;
const day = 86_400_000;
const start = Date.UTC(2026, 10, 1);

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'certificates-'));
});

afterEach(() => rm(directory, { recursive: true }));

const open = (at = start) => developmentCertificates(join(directory, 'ca'), () => at);

describe('development certificates', () => {
  test('are made once and found again', async () => {
    const first = await open();
    const again = await open();
    expect(again.ca).toBe(first.ca);
    expect(again.server).toEqual(first.server);
    const device = await first.issueDeviceCertificate('car-1');
    expect(await again.issueDeviceCertificate('car-1')).toEqual(device);
  });

  test('name localhost in all its forms and are signed by the authority', async () => {
    const { server, ca } = await open();
    const certificate = new X509Certificate(server.certificate);
    expect(certificate.checkHost('localhost')).toBe('localhost');
    expect(certificate.checkIP('127.0.0.1')).toBe('127.0.0.1');
    expect(certificate.checkIP('::1')).toBe('::1');
    expect(certificate.verify(new X509Certificate(ca).publicKey)).toBe(true);
    expect(certificate.checkIssued(new X509Certificate(ca))).toBe(true);
    expect(certificate.ca).toBe(false);
    expect(createPrivateKey(server.key).asymmetricKeyDetails?.namedCurve).toBe('prime256v1');
  });

  test('of a device carry its id and lie in files that only this user may read', async () => {
    const certificates = await open();
    const device = await certificates.issueDeviceCertificate('site:7_a-b');
    expect(new X509Certificate(device.certificate).subject).toBe('CN=site:7_a-b');
    expect((await stat(device.keyFile)).mode & 0o777).toBe(0o600);
    expect((await stat(device.certificateFile)).mode & 0o777).toBe(0o600);
    expect(await readFile(device.keyFile, 'utf8')).toBe(device.key);
    expect(await readFile(certificates.caFile, 'utf8')).toBe(certificates.ca);
  });

  test('are not issued for what is no device id', async () => {
    const certificates = await open();
    for (const name of ['', '../x', 'a/b', 'a,OU=gateway', 'x'.repeat(129)]) {
      await expect(certificates.issueDeviceCertificate(name)).rejects.toMatchObject({
        code: 'EVENTBUS_INGEST_DEVICE_ID_INVALID',
      });
    }
  });

  test('are renewed before they end, for the same keys', async () => {
    const first = await open();
    const device = await first.issueDeviceCertificate('car-1');
    const later = await open(start + 380 * day);
    const renewed = await later.issueDeviceCertificate('car-1');
    expect(later.ca).toBe(first.ca);
    expect(later.server.certificate).not.toBe(first.server.certificate);
    expect(later.server.key).toBe(first.server.key);
    expect(renewed.certificate).not.toBe(device.certificate);
    expect(renewed.key).toBe(device.key);
    expect(Date.parse(new X509Certificate(renewed.certificate).validTo)).toBeGreaterThan(start + 700 * day);
  });

  test('outlive the renewal of the authority', async () => {
    const first = await open();
    const later = await open(start + 3_640 * day);
    expect(later.ca).not.toBe(first.ca);
    expect(new X509Certificate(later.server.certificate).checkIssued(new X509Certificate(later.ca))).toBe(true);
    expect(Date.parse(new X509Certificate(later.ca).validTo)).toBeGreaterThan(start + 7_000 * day);
  });

  test('are made again when the program ended between key and certificate', async () => {
    const first = await open();
    await rm(join(directory, 'ca', 'server.crt'));
    const again = await open();
    expect(again.ca).toBe(first.ca);
    expect(new X509Certificate(again.server.certificate).checkIssued(new X509Certificate(again.ca))).toBe(true);
  });

  test.each([
    ['a certificate that is no certificate', 'server.crt', 'garbage'],
    ['an authority cut short', 'ca.crt', '-----BEGIN CERTIFICATE-----\nMIIB'],
    ['a key that is no key', 'ca.key', 'garbage'],
  ])('that are damaged are named with the way out: %s', async (_what, file, text) => {
    await open();
    await writeFile(join(directory, 'ca', file), text);
    await expect(open()).rejects.toMatchObject({
      code: 'EVENTBUS_INGEST_CERTIFICATES_CORRUPT',
      message: expect.stringContaining(`${join(directory, 'ca')}, file`),
    });
  });

  test('whose key is of another certificate, or missing, are damaged too', async () => {
    const certificates = await open();
    const other = await certificates.issueDeviceCertificate('car-1');
    await writeFile(join(directory, 'ca', 'server.key'), other.key);
    await expect(open()).rejects.toThrow('certificate and key do not belong together');
    await rm(join(directory, 'ca', 'server.key'));
    await expect(open()).rejects.toThrow('the key of an existing certificate is missing');
  });
});
