import type { VehicleBayEvent, VehicleReading } from '../../catalogue/events.generated.ts';
import type { WireReading, WireVehicleBayEvent, WireVehicleReading } from '../../services/ingest/messages.ts';
import type { DeviceMessage } from './device-message.ts';

/**
 * The readings of a message as `proto/ingest/v1/ingest.proto` wants them: what is null is absent. The device's id stands
 * beside the reading; a second one inside it is no field of the protocol and is left out by the serialiser.
 */
export function wireReadings(message: DeviceMessage): readonly WireReading[] {
  const { deviceId } = message;
  switch (message.subject) {
    case 'TelemetryBatch': {
      const { readings, vehicleType } = message.value;
      return readings.map((reading) => ({ deviceId, vehicle: vehicleOf(reading, vehicleType) }));
    }
    case 'TurbineReading': {
      return [{ deviceId, turbine: present(message.value) }];
    }
    case 'VehicleBayEvent':
      return [{ deviceId, bay: bayOf(message.value) }];
    default:
      return message satisfies never;
  }
}

function vehicleOf(reading: VehicleReading, vehicleType: string | null): WireVehicleReading {
  return present({ ...reading, vehicleType });
}

function bayOf({ kind, ...event }: VehicleBayEvent): WireVehicleBayEvent {
  const name = kind === 'UNKNOWN' ? 'UNSPECIFIED' : kind;
  return { ...present(event), kind: `VEHICLE_BAY_EVENT_KIND_${name}` };
}

function present(value: object): object {
  return Object.fromEntries(Object.entries(value).filter(([, field]) => field !== null));
}
