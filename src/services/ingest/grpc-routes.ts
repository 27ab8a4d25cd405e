import type { Subject } from '../../catalogue/events.generated.ts';
import { topicNamed } from '../../catalogue/lookup.ts';
import type { Route } from '../../catalogue/model.ts';
import { AppError } from '../../core/errors/app-error.ts';

/** Subject that each kind of reading becomes: the members of `kind` in the proto file. */
const subjects = {
  vehicle: 'TelemetryBatch',
  turbine: 'TurbineReading',
  sensor: 'SensorReading',
  bay: 'VehicleBayEvent',
} as const satisfies Record<string, Subject>;

export type ReadingKind = keyof typeof subjects;

export interface GrpcRoute<K extends ReadingKind = ReadingKind> {
  readonly subject: (typeof subjects)[K];
  readonly topic: string;
  readonly eventType: string;
}

export type GrpcRoutes = { readonly [K in ReadingKind]: GrpcRoute<K> };

/**
 * The routes of every kind of reading.
 *
 * @throws AppError EVENTBUS_INGEST_REQUEST_INVALID when the catalogue has no route for a kind or another subject on its topic
 */
export function grpcRoutes(routes: readonly Route[]): GrpcRoutes {
  const find = <K extends ReadingKind>(kind: K): GrpcRoute<K> => {
    const subject = subjects[kind];
    const route = routes.find(({ protocol, filter }) => protocol === 'grpc' && filter === kind);
    if (route === undefined || topicNamed(route.topic)?.subject !== subject) {
      const what = `the catalogue leads readings of kind ${kind} to no topic of subject ${subject}`;
      throw new AppError('EVENTBUS_INGEST_REQUEST_INVALID', what);
    }
    return { subject, topic: route.topic, eventType: route.eventType };
  };
  return { vehicle: find('vehicle'), turbine: find('turbine'), sensor: find('sensor'), bay: find('bay') };
}
