import type { Events, Subject, VehicleReading } from '../../catalogue/events.generated.ts';
import { contentTypes } from '../../catalogue/headers.ts';
import { toHeaders } from '../../codec/cloud-event.ts';
import type { Codec } from '../../codec/codec.ts';
import { derivedId } from '../../codec/event-id.ts';
import { AppError } from '../../core/errors/app-error.ts';
import { isDeviceId } from '../../core/routing.ts';
import type { OutgoingRecord } from '../../kafka/publisher.ts';
import type { GrpcRoute, GrpcRoutes } from './grpc-routes.ts';
import type { PublishRequest, Rejection, WireReading } from './messages.ts';
import { faultOf } from './reading-check.ts';
import { sensorReading, turbineReading, vehicleBayEvent, vehicleReading } from './reading-values.ts';

export interface IntakeOptions {
  readonly codec: Pick<Codec, 'encode'>;
  readonly routes: GrpcRoutes;
  readonly maxReadings: number;
  readonly maxRecordBytes: number;
  readonly newUuid: () => string;
  readonly now: () => number;
}

/** Who sends, as far as it is proven. */
export interface Caller {
  /** The only device it may speak for; undefined when it may speak for any. */
  readonly deviceId?: string | undefined;
  readonly traceparent?: string | undefined;
}

/** What a request becomes: records for the log, and the readings that cannot become any. */
export interface Intake {
  readonly records: readonly OutgoingRecord[];
  readonly bytes: number;
  /** Readings inside the records. */
  readonly accepted: number;
  readonly rejected: readonly Rejection[];
}

interface VehicleGroup {
  readonly deviceId: string;
  readonly indexes: number[];
  readonly readings: VehicleReading[];
  vehicleType: string | null;
}

/** Makes the function that turns requests into records. Its results do not depend on earlier requests. */
export function makeIntake(options: IntakeOptions): (request: PublishRequest, caller: Caller) => Intake {
  return (request, caller) => {
    assertRequest(request, options.maxReadings);
    const draft = new IntakeDraft(options, request, caller);
    for (const [index, reading] of (request.readings ?? []).entries()) draft.add(index, reading);
    return draft.finish();
  };
}

function assertRequest(request: PublishRequest, maxReadings: number): void {
  const readings = request.readings?.length ?? 0;
  if (readings === 0 || readings > maxReadings) {
    throw new AppError(
      'EVENTBUS_INGEST_REQUEST_INVALID',
      `readings holds ${readings}, allowed are 1 to ${maxReadings}`,
    );
  }
  const idLength = request.messageId?.length ?? 0;
  if (idLength > 128) {
    throw new AppError('EVENTBUS_INGEST_REQUEST_INVALID', `message_id is ${idLength} characters long, allowed are 128`);
  }
}

class IntakeDraft {
  readonly #options: IntakeOptions;
  readonly #request: PublishRequest;
  readonly #caller: Caller;
  readonly #groups = new Map<string, VehicleGroup>();
  readonly #records: OutgoingRecord[] = [];
  readonly #rejected: Rejection[] = [];
  readonly #time: string;
  #bytes = 0;
  #accepted = 0;

  constructor(options: IntakeOptions, request: PublishRequest, caller: Caller) {
    this.#options = options;
    this.#request = request;
    this.#caller = caller;
    this.#time = new Date(options.now()).toISOString();
  }

  add(index: number, reading: WireReading): void {
    const deviceId = reading.deviceId ?? this.#request.deviceId ?? '';
    const denied = this.#deviceError(deviceId);
    if (denied !== undefined) return this.#reject([index], 'device_id', denied);
    const fault = faultOf(reading);
    if (fault !== undefined) {
      return this.#reject([index], fault.field, new AppError('EVENTBUS_INGEST_READING_INVALID', fault.what));
    }
    const { routes } = this.#options;
    const place = { deviceId, indexes: [index] };
    if (reading.vehicle !== undefined) {
      const group = this.#groupOf(deviceId);
      group.indexes.push(index);
      group.readings.push(vehicleReading(reading.vehicle));
      group.vehicleType ??= reading.vehicle.vehicleType ?? null;
    } else if (reading.turbine !== undefined) {
      this.#record(routes.turbine, turbineReading(deviceId, reading.turbine), place);
    } else if (reading.sensor !== undefined) {
      this.#record(routes.sensor, sensorReading(deviceId, reading.sensor), place);
    } else if (reading.bay !== undefined) {
      this.#record(routes.bay, vehicleBayEvent(deviceId, reading.bay), place);
    }
  }

  finish(): Intake {
    const sentAt = Date.parse(this.#request.sentAt ?? '');
    for (const { deviceId, indexes, readings, vehicleType } of this.#groups.values()) {
      const batch = { deviceId, vehicleType, sentAt: Number.isNaN(sentAt) ? null : sentAt, readings };
      this.#record(this.#options.routes.vehicle, batch, { deviceId, indexes });
    }
    const rejected = this.#rejected.sort((one, other) => (one.index ?? 0) - (other.index ?? 0));
    return { records: this.#records, bytes: this.#bytes, accepted: this.#accepted, rejected };
  }

  #deviceError(deviceId: string): AppError | undefined {
    const mayOnly = this.#caller.deviceId;
    if (mayOnly !== undefined && deviceId !== mayOnly) {
      const what = `device_id "${deviceId.slice(0, 128)}", certificate "${mayOnly}"`;
      return new AppError('EVENTBUS_INGEST_IDENTITY_MISMATCH', what);
    }
    if (isDeviceId(deviceId)) return undefined;
    return new AppError('EVENTBUS_INGEST_DEVICE_ID_INVALID', `device_id "${deviceId.slice(0, 128)}"`);
  }

  #groupOf(deviceId: string): VehicleGroup {
    const known = this.#groups.get(deviceId);
    if (known !== undefined) return known;
    const group: VehicleGroup = { deviceId, indexes: [], readings: [], vehicleType: null };
    this.#groups.set(deviceId, group);
    return group;
  }

  #record<S extends Subject>(route: GrpcRoute & { readonly subject: S }, value: Events[S], place: Place): void {
    const bytes = this.#options.codec.encode(route.subject, value);
    if (bytes.length > this.#options.maxRecordBytes) {
      const what = `a record of ${bytes.length} bytes; at most ${this.#options.maxRecordBytes} are allowed`;
      return this.#reject(place.indexes, '', new AppError('EVENTBUS_INGEST_PAYLOAD_TOO_LARGE', what));
    }
    this.#records.push({
      topic: route.topic,
      key: place.deviceId,
      value: bytes,
      headers: toHeaders({
        id: this.#idOf(place),
        source: `//grpc/${place.deviceId}`,
        type: route.eventType,
        time: this.#time,
        subject: place.deviceId,
        contentType: contentTypes.avro,
        traceparent: this.#caller.traceparent,
      }),
    });
    this.#bytes += bytes.length;
    this.#accepted += place.indexes.length;
  }

  /** A repetition of the request under its message id makes the same event ids. */
  #idOf(place: Place): string {
    const { messageId } = this.#request;
    if (messageId === undefined || messageId === '') return this.#options.newUuid();
    return derivedId(`//grpc/${place.deviceId}/${messageId}`, 'ingest-gateway', place.indexes[0] ?? 0);
  }

  #reject(indexes: readonly number[], field: string, error: AppError): void {
    for (const index of indexes) this.#rejected.push({ index, field, code: error.code, message: error.message });
  }
}

interface Place {
  readonly deviceId: string;
  /** Readings of the request that the record holds. */
  readonly indexes: readonly number[];
}
