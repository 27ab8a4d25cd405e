import type { Route } from './model.ts';

/**
 * Where device messages go. MQTT: `+` stands for the device id, which is also the record's key. gRPC: the filter is the
 * kind of reading of the request, which carries the device id.
 */
export const routes = [
  {
    name: 'vehicle-telemetry',
    protocol: 'mqtt',
    filter: 'fleet/+/telemetry',
    deviceId: 'topic-level',
    topic: 'telemetry.raw.v1',
    eventType: 'vehicle.telemetry.reported',
    description: 'Batches of readings of own vehicles.',
  },
  {
    name: 'command-replies',
    protocol: 'mqtt',
    filter: 'fleet/+/replies',
    deviceId: 'topic-level',
    topic: 'vehicle.replies.v1',
    eventType: 'vehicle.command.replied',
    description: 'What own vehicles say about the commands they were sent.',
  },
  {
    name: 'turbine-readings',
    protocol: 'mqtt',
    filter: 'wind/+/readings',
    deviceId: 'topic-level',
    topic: 'wind.turbine.raw',
    eventType: 'turbine.reading.reported',
    description: 'Readings of wind turbines.',
  },
  {
    name: 'sensor-readings',
    protocol: 'mqtt',
    filter: 'sensors/+/readings',
    deviceId: 'topic-level',
    topic: 'sensor.raw',
    eventType: 'sensor.reading.reported',
    description: 'Values of single sensors.',
  },
  {
    name: 'vehicle-bay-events',
    protocol: 'mqtt',
    filter: 'mobility/+/events',
    deviceId: 'topic-level',
    topic: 'veh.events.raw',
    eventType: 'vehicle.bay.reported',
    description: 'Telemetry of shared vehicles and events of bays.',
  },
  {
    name: 'vehicle-telemetry-grpc',
    protocol: 'grpc',
    filter: 'vehicle',
    deviceId: 'request',
    topic: 'telemetry.raw.v1',
    eventType: 'vehicle.telemetry.reported',
    description: 'Batches of readings of own vehicles, through the ingest gateway.',
  },
  {
    name: 'turbine-readings-grpc',
    protocol: 'grpc',
    filter: 'turbine',
    deviceId: 'request',
    topic: 'wind.turbine.raw',
    eventType: 'turbine.reading.reported',
    description: 'Readings of wind turbines, through the ingest gateway.',
  },
  {
    name: 'sensor-readings-grpc',
    protocol: 'grpc',
    filter: 'sensor',
    deviceId: 'request',
    topic: 'sensor.raw',
    eventType: 'sensor.reading.reported',
    description: 'Values of single sensors, through the ingest gateway.',
  },
  {
    name: 'vehicle-bay-events-grpc',
    protocol: 'grpc',
    filter: 'bay',
    deviceId: 'request',
    topic: 'veh.events.raw',
    eventType: 'vehicle.bay.reported',
    description: 'Telemetry of shared vehicles and events of bays, through the ingest gateway.',
  },
] as const satisfies readonly Route[];
