import type { DeviceLink, LinkOptions } from './device-link.ts';

/** Protocols that devices speak. */
export type Via = 'mqtt' | 'mqtts' | 'grpc';

/** Opens the way to the bus; the client library of the protocol is loaded only now. */
export async function openLink(via: Via, options: LinkOptions): Promise<DeviceLink> {
  if (via === 'mqtt') {
    const { openMqttLink } = await import('./mqtt-link.ts');
    return openMqttLink(options);
  }
  if (via === 'mqtts') {
    const [{ openMqttLink }, { deviceCredentials }] = await Promise.all([
      import('./mqtt-link.ts'),
      import('./device-credentials.ts'),
    ]);
    return openMqttLink(options, await deviceCredentials(options.certificatesDir));
  }
  const [{ openGrpcLink }, { grpcCredentials }] = await Promise.all([
    import('./grpc-link.ts'),
    import('./grpc-credentials.ts'),
  ]);
  return openGrpcLink(options, await grpcCredentials(options.grpcTls, options.certificatesDir));
}
