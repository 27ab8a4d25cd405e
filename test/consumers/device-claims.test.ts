import { describe, expect, test } from '@jest/globals';
import { makeDeviceClaims } from '../../src/consumers/device-claims/handler.ts';
import type { IotControl } from '../../src/consumers/iot-control.ts';

const things: Readonly<Record<string, 'vacant' | 'taken'>> = { 'van-7': 'vacant', 'van-8': 'taken' };

function made(thing: IotControl['thing'] = async (name) => things[name] ?? 'unknown') {
  const lines: { readonly level: string; readonly fields: object; readonly message: string }[] = [];
  const line = (level: string) => (fields: object, message: string) => void lines.push({ level, fields, message });
  const log = { debug: line('debug'), info: line('info'), warn: line('warn'), error: line('error') };
  return { handler: makeDeviceClaims({ iot: { thing }, log }), lines };
}

/** The event of IoT Core, of which only the parameters count. */
const claim = (parameters: object) => ({ claimCertificateId: 'c', templateArn: 'arn', clientId: 'x', parameters });

describe('a device with a claim', () => {
  test('takes a name that was registered and has no certificate', async () => {
    const { handler } = made();
    await expect(handler(claim({ SerialNumber: 'van-7' }))).resolves.toEqual({
      allowProvisioning: true,
      parameterOverrides: {},
    });
  });

  const refused: [string, unknown, string][] = [
    ['a name that a device uses already', claim({ SerialNumber: 'van-8' }), 'has a certificate already'],
    ['a name that nobody registered', claim({ SerialNumber: 'van-9' }), 'no thing of that name'],
    ['a name that no thing can have', claim({ SerialNumber: 'fleet/+' }), 'no usable serial number'],
    ['no name', claim({}), 'no usable serial number'],
    ['an event that is none', null, 'no usable serial number'],
  ];
  test.each(refused)('is refused %s, and the log says why', async (_, event, why) => {
    const { handler, lines } = made();
    await expect(handler(event)).resolves.toMatchObject({ allowProvisioning: false });
    expect(lines).toEqual([expect.objectContaining({ level: 'warn', message: expect.stringContaining(why) })]);
  });

  test('is not let in when IoT Core cannot be asked', async () => {
    const { handler } = made(() => Promise.reject(new Error('throttled')));
    await expect(handler(claim({ SerialNumber: 'van-7' }))).rejects.toThrow('throttled');
  });
});
