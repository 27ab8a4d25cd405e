import { routesOf } from '../../catalogue/lookup.ts';
import { AppError } from '../../core/errors/app-error.ts';
import { topicOf } from '../../core/routing.ts';
import type { DeviceCredentials } from './device-credentials.ts';
import { type DeviceLink, LinkLedger, type LinkOptions } from './device-link.ts';
import type { DeviceMessage } from './device-message.ts';
import { MqttDevice } from './mqtt-device.ts';
import { Patience } from './reconnecting.ts';

/** What AWS IoT Core takes at most, and the gateway with it. */
const maxPayloadBytes = 128 * 1024;

const topicNames = {
  TelemetryBatch: 'telemetry.raw.v1',
  TurbineReading: 'wind.turbine.raw',
  VehicleBayEvent: 'veh.events.raw',
} as const satisfies Record<DeviceMessage['subject'], string>;

/**
 * MQTT 3.1.1 with QoS 1: each device has a connection of its own under its own id, as devices do; with `credentials` over
 * TLS and with a certificate of its own.
 */
export function openMqttLink(
  options: LinkOptions,
  credentials?: (deviceId: string) => Promise<DeviceCredentials>,
): DeviceLink {
  assertMqttUrl(options.target(), credentials === undefined ? 'mqtt' : 'mqtts');
  const ledger = new LinkLedger(options.window ?? 256);
  const patience = new Patience(options);
  const devices = new Map<string, MqttDevice>();

  function deviceOf(deviceId: string): MqttDevice {
    const known = devices.get(deviceId);
    if (known !== undefined) return known;
    const device = new MqttDevice(deviceId, { target: options.target, credentials, patience, ledger });
    devices.set(deviceId, device);
    return device;
  }
  return {
    async send(messages) {
      for (const message of messages) {
        await ledger.room();
        const payload = JSON.stringify(message.value);
        ledger.sent(message.readings);
        if (Buffer.byteLength(payload) > maxPayloadBytes) {
          const what = `${Buffer.byteLength(payload)} bytes of ${message.deviceId}; allowed are ${maxPayloadBytes}`;
          ledger.refused(message.readings, new AppError('EVENTBUS_DEVICE_MESSAGE_TOO_LARGE', what).message);
          continue;
        }
        deviceOf(message.deviceId).publish(mqttTopic(message), payload, message.readings);
      }
    },
    drained: () => ledger.empty(),
    counts: () => ledger.counts(),
    close: async () => {
      await Promise.all(Array.from(devices.values(), (device) => device.close()));
    },
  };
}

function mqttTopic({ subject, deviceId }: DeviceMessage): string {
  const route = routesOf('mqtt').find(({ topic }) => topic === topicNames[subject]);
  if (route === undefined) throw new Error(`the catalogue has no MQTT route to ${topicNames[subject]}`);
  return topicOf(route.filter, deviceId);
}

function assertMqttUrl(target: string, scheme: 'mqtt' | 'mqtts'): void {
  if (target.startsWith(`${scheme}://`) && /^mqtts?:\/\/[^/\s]+$/.test(target) && URL.canParse(target)) return;
  throw new AppError('EVENTBUS_DEVICE_TARGET_INVALID', `got "${target.slice(0, 100)}" for ${scheme}`);
}
