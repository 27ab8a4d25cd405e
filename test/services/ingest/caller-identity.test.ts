import { Metadata } from '@grpc/grpc-js';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { AppError } from '../../../src/core/errors/app-error.ts';
import {
  type DevelopmentCertificates,
  developmentCertificates,
} from '../../../src/local/certificates/development-certificates.ts';
import { type AnyCall, certificateHeader, identifyBy } from '../../../src/services/ingest/caller-identity.ts';
import { temporaryDirectory } from '../../make/temporary-directory.ts';

const directory = temporaryDirectory();
let certificates: DevelopmentCertificates;
let device: string;
let gateway: string;

beforeAll(async () => {
  certificates = await developmentCertificates(directory.path);
  device = leaf((await certificates.issueDeviceCertificate('car-1')).certificate);
  gateway = leaf((await certificates.issueGatewayCertificate('edge-1')).certificate);
});

afterAll(() => directory.remove());

/** The first certificate of a chain, as the load balancer writes it into its header. */
function leaf(chain: string): string {
  const pem = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----\n?/.exec(chain)?.[0] ?? '';
  return encodeURIComponent(pem).replaceAll('%2B', '+').replaceAll('%3D', '=').replaceAll('%2F', '/');
}

function call(headers: readonly (readonly [string, string])[]): AnyCall {
  const metadata = new Metadata();
  for (const [name, value] of headers) metadata.add(name, value);
  return { metadata, getAuthContext: () => ({}), getPeer: () => 'ipv4:127.0.0.1:1' };
}

const behindBalancer = identifyBy('load-balancer');

describe('behind a load balancer', () => {
  test('a device may speak for the common name of its certificate', () => {
    expect(behindBalancer(call([[certificateHeader, device]]))).toEqual({ deviceId: 'car-1' });
  });

  test('an edge gateway may speak for any device', () => {
    expect(behindBalancer(call([[certificateHeader, gateway]]))).toEqual({ deviceId: undefined });
  });

  test('the same certificate is recognised with every call', () => {
    for (let i = 0; i < 3; i += 1) {
      expect(behindBalancer(call([[certificateHeader, device]]))).toEqual({ deviceId: 'car-1' });
    }
  });

  const unusable: [string, () => [string, string][]][] = [
    ['without the header', () => []],
    ['with an empty header', () => [[certificateHeader, '']]],
    ['with text that is no certificate', () => [[certificateHeader, 'CN=car-1']]],
    ['with a broken escape', () => [[certificateHeader, '%E0%A4%A']]],
    ['with two headers', () => [gateway, device].map((value) => [certificateHeader, value])],
    ['with a smuggled certificate joined before the real one', () => [[certificateHeader, `${gateway}, ${device}`]]],
    ['with two certificates in one header', () => [[certificateHeader, `${gateway}${device}`]]],
  ];
  test.each(unusable)('a call %s is not believed', (_, headers) => {
    const caller = behindBalancer(call(headers()));
    expect(caller).toBeInstanceOf(AppError);
    expect((caller as AppError).code).toBe('EVENTBUS_INGEST_IDENTITY_MISSING');
  });
});

test('on an open port the header of a load balancer means nothing', () => {
  expect(identifyBy('connection')(call([[certificateHeader, gateway]]))).toEqual({ traceparent: undefined });
});
