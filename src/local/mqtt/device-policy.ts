import { commandsFilter, type IngestRule } from '../../catalogue/ingest-rules.ts';
import { AppError } from '../../core/errors/app-error.ts';
import { type BoundRule, bindRule, isDeviceId, topicOf } from '../../core/routing.ts';

/** What one device may do: the policy that AWS IoT derives from the thing's name. */
export interface DevicePolicy {
  readonly deviceId: string;
  /** Rule of each topic the device may publish to. */
  readonly publish: ReadonlyMap<string, BoundRule>;
  /** The one topic it may subscribe to. */
  readonly commandsTopic: string;
}

/** The policy of a device, or the error that says why the id is not usable. */
export function policyOf(deviceId: string, rules: readonly IngestRule[]): DevicePolicy | AppError {
  if (!isDeviceId(deviceId)) {
    return new AppError('EVENTBUS_INGEST_DEVICE_ID_INVALID', `client id "${shown(deviceId)}"`);
  }
  const bound = rules.map((rule) => bindRule(rule, deviceId));
  return {
    deviceId,
    publish: new Map(bound.map((rule) => [rule.mqttTopic, rule])),
    commandsTopic: topicOf(commandsFilter, deviceId),
  };
}

export interface Publication {
  readonly topic: string;
  readonly qos: number;
  readonly retain: boolean;
  readonly payload: Buffer | string;
}

/** The rule a message goes by, or the error that says why it may not. */
export function ruleFor(policy: DevicePolicy, message: Publication, maxPayloadBytes: number): BoundRule | AppError {
  const rule = policy.publish.get(message.topic);
  if (rule === undefined) {
    const allowed = [...policy.publish.keys()].join(', ');
    return new AppError('EVENTBUS_INGEST_TOPIC_DENIED', `topic "${shown(message.topic)}"; allowed are ${allowed}`);
  }
  if (message.qos > 1) return new AppError('EVENTBUS_INGEST_QOS_UNSUPPORTED', `topic ${message.topic}`);
  if (message.retain) return new AppError('EVENTBUS_INGEST_RETAIN_UNSUPPORTED', `topic ${message.topic}`);
  if (message.payload.length > maxPayloadBytes) return tooLarge(message.payload.length, maxPayloadBytes);
  return rule;
}

export function tooLarge(bytes: number, maxBytes: number): AppError {
  return new AppError('EVENTBUS_INGEST_PAYLOAD_TOO_LARGE', `${bytes} bytes; at most ${maxBytes} are allowed`);
}

/** Text from a client, shortened for a message and without control characters. */
function shown(text: string): string {
  const clean = text.replaceAll(/\p{Cc}/gu, '?');
  return clean.length > 80 ? `${clean.slice(0, 80)}…` : clean;
}
