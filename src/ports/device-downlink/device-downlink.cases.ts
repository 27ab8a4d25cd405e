import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { DeviceDownlink } from './device-downlink.ts';

/** A way to the devices under test, with one device that listens: `car-1`. */
export interface DownlinkUnderTest {
  readonly downlink: DeviceDownlink;
  /** Payloads that the device has heard and that were not taken yet, once there are so many. */
  heard(count: number): Promise<readonly string[]>;
  close(): Promise<void>;
}

/** What every way to the devices must do. */
export function deviceDownlinkCases(name: string, start: () => Promise<DownlinkUnderTest>): void {
  describe(`the way to devices through ${name}`, () => {
    let under: DownlinkUnderTest;
    beforeAll(async () => {
      under = await start();
    });
    afterAll(() => under.close());

    test('brings messages to the device that listens, whole and in order', async () => {
      const texts = ['first', 'a “text” \n with signs &?=%2F', '{"n":3}'];
      for (const payload of texts) await under.downlink.publish({ deviceId: 'car-1', payload, expiresInSeconds: 60 });
      expect(await under.heard(3)).toEqual(texts);
    });

    test('takes a message for a device that nobody hears of, and says nothing of it', async () => {
      await expect(under.downlink.publish({ deviceId: 'car-9', payload: 'hello' })).resolves.toBeUndefined();
    });

    test.each([
      ['a device id with a slash', { deviceId: 'car/1', payload: 'x' }],
      ['no device id', { deviceId: '', payload: 'x' }],
      ['more than 128 KB', { deviceId: 'car-1', payload: 'x'.repeat(131_073) }],
    ])('refuses %s as the message’s own fault', async (_what, message) => {
      await expect(under.downlink.publish(message)).rejects.toMatchObject({
        code: 'EVENTBUS_FLEET_DOWNLINK_REFUSED',
        failure: 'poison',
      });
    });
  });
}
