/** A message for one device. */
export interface DeviceMessage {
  /** Name of the device; the topic is the one that it may subscribe to. */
  readonly deviceId: string;
  /** UTF-8 text, less than 128 KB. */
  readonly payload: string;
  /** After so many seconds a broker that still holds the message drops it; at least 1. @default never */
  readonly expiresInSeconds?: number;
}

/**
 * Hands messages to the broker that devices are connected to. When `publish` resolves the broker has the message and
 * gives it at least once to a device that listens; nobody is told whether one does, and a broker that keeps no sessions
 * drops the message then. Finding out whether the device heard it is the caller's job, by an answer of the device.
 * Failures are `EVENTBUS_FLEET_DOWNLINK_UNAVAILABLE` (dependency) and `EVENTBUS_FLEET_DOWNLINK_REFUSED` (poison).
 */
export interface DeviceDownlink {
  publish(message: DeviceMessage, options?: { readonly signal?: AbortSignal | undefined }): Promise<void>;
}
