import { commandsFilter } from '../../catalogue/ingest-rules.ts';
import { AppError } from '../../core/errors/app-error.ts';
import { isDeviceId, topicOf } from '../../core/routing.ts';
import { type AwsCredentials, credentialsFrom } from '../../kafka/aws-credentials.ts';
import type { DeviceDownlink, DeviceMessage } from './device-downlink.ts';
import { signedHeaders } from './signed-post.ts';

export interface IotDownlinkOptions {
  /** Address of the data plane, such as `https://data-ats.iot.eu-central-1.amazonaws.com`; asked with every message. */
  readonly endpoint: () => string;
  readonly region: string;
  /** @default those of the environment, asked with every message because they change */
  readonly credentials?: () => Promise<AwsCredentials>;
  /** Time that one message may take, ms. @default 5000 */
  readonly timeoutMs?: number;
  /** @default the clock */
  readonly now?: () => Date;
}

/** IoT Core's limit for a message. */
const maxPayloadBytes = 128 * 1024;

/**
 * Messages over the HTTPS interface of IoT Core's data plane, with QoS 1. The embedded gateway serves the same interface.
 */
export function makeIotDownlink(options: IotDownlinkOptions): DeviceDownlink {
  const { endpoint, region, timeoutMs = 5_000, now = () => new Date() } = options;
  const credentials = options.credentials ?? (() => credentialsFrom(process.env));
  return {
    async publish(message, { signal } = {}) {
      const url = addressOf(endpoint(), message);
      const body = message.payload;
      const scope = { region, service: 'iotdata' };
      const headers = signedHeaders({ url, body, scope, credentials: await credentials(), now: now() });
      const timeout = AbortSignal.timeout(timeoutMs);
      const answer = await fetch(url, {
        method: 'POST',
        body,
        headers,
        signal: signal === undefined ? timeout : AbortSignal.any([signal, timeout]),
      }).catch((cause: unknown) => {
        const { cause: inner } = cause as Error;
        const reason = inner instanceof Error ? inner.message : String(cause);
        throw new AppError('EVENTBUS_FLEET_DOWNLINK_UNAVAILABLE', `${url.origin}: ${reason}`, { cause });
      });
      const text = await answer.text();
      if (!answer.ok) throw refusal(url, answer.status, text);
    },
  };
}

function addressOf(endpoint: string, { deviceId, payload, expiresInSeconds }: DeviceMessage): URL {
  if (!isDeviceId(deviceId)) {
    throw new AppError('EVENTBUS_FLEET_DOWNLINK_REFUSED', `device id "${deviceId.slice(0, 80)}"`);
  }
  const bytes = Buffer.byteLength(payload);
  if (bytes > maxPayloadBytes) {
    throw new AppError('EVENTBUS_FLEET_DOWNLINK_REFUSED', `${bytes} bytes; at most ${maxPayloadBytes} are allowed`);
  }
  const url = new URL(`/topics/${encodeURIComponent(topicOf(commandsFilter, deviceId))}`, endpoint);
  if (expiresInSeconds !== undefined) {
    url.searchParams.set('messageExpiry', String(Math.max(1, Math.ceil(expiresInSeconds))));
  }
  url.searchParams.set('qos', '1');
  return url;
}

/** A request that is wrong stays wrong; rights, throttling and the service's own failures pass. */
function refusal(url: URL, status: number, text: string): AppError {
  const what = `${url.origin} answered ${status} ${text.slice(0, 200)}`;
  const code =
    status === 400 || status === 413 ? 'EVENTBUS_FLEET_DOWNLINK_REFUSED' : 'EVENTBUS_FLEET_DOWNLINK_UNAVAILABLE';
  return new AppError(code, what);
}
