import type { Route } from '../../../src/catalogue/model.ts';

export const fleetRoute: Route = {
  name: 'fleet-telemetry',
  protocol: 'mqtt',
  filter: 'fleet/+/telemetry',
  deviceId: 'topic-level',
  topic: 'telemetry.raw.v1',
  eventType: 'vehicle.telemetry.reported',
  description: 'Telemetry of vehicles.',
};

export const windRoute: Route = {
  name: 'wind-readings',
  protocol: 'mqtt',
  filter: 'wind/+/readings',
  deviceId: 'topic-level',
  topic: 'wind.turbine.raw',
  eventType: 'turbine.reading.reported',
  description: 'Readings of turbines.',
};

export const grpcRoute: Route = { ...fleetRoute, name: 'grpc-telemetry', protocol: 'grpc', filter: 'vehicle' };
