import type { TurbineReading, VehicleBayEvent, VehicleReading } from '../../catalogue/events.generated.ts';
import { gaussian, type Random } from './random.ts';
import { type TurbineBody, theoreticalPower } from './turbine-model.ts';
import type { VehicleBody } from './vehicle-model.ts';

/** When a reading was taken and its number. */
export interface Tick {
  readonly ms: number;
  readonly sequence: number;
}

const digits = (value: number, count: number) => Number(value.toFixed(count));

/** What the vehicle's instruments show; about one reading in 300 has a fault such as real instruments have. */
export function vehicleReadingOf(body: VehicleBody, { ms, sequence }: Tick, random: Random): VehicleReading {
  const reading: VehicleReading = {
    time: new Date(ms).toISOString(),
    sequence,
    latitude: digits(body.position.latitude + gaussian(random) * 0.000_02, 6),
    longitude: digits(body.position.longitude + gaussian(random) * 0.000_03, 6),
    altitudeM: digits(25 + gaussian(random) * 3, 0),
    speedKmh: digits(body.speedKmh, 1),
    gpsSpeedKmh: digits(Math.max(0, body.speedKmh + gaussian(random)), 1),
    speedLimitKmh: body.speedLimitKmh,
    batteryPercent: digits(body.batteryPercent, 2),
    mode: body.speedKmh > 0 ? 'D' : 'N',
    odometerKm: digits(body.odometerKm, 2),
    temperatureC: digits(body.temperatureC, 1),
    humidityPercent: 60,
    tripId: null,
    emergency: body.emergencySeconds > 0 ? 'emergency_stop' : null,
    faults: body.faults,
  };
  return withInstrumentFault(reading, random);
}

function withInstrumentFault(reading: VehicleReading, random: Random): VehicleReading {
  const dice = random();
  if (dice < 0.001) return { ...reading, time: `2032-00-${reading.time.slice(8)}` };
  if (dice < 0.002) return { ...reading, latitude: 0 };
  return dice < 0.0033 ? { ...reading, altitudeM: -111 } : reading;
}

/** The same for a shared vehicle, which reports through its edge gateway. */
export function bayEventOf(
  body: VehicleBody,
  { ms, sequence }: Tick,
  names: { readonly sourceId: string; readonly city: string; readonly vehicleType: string },
): VehicleBayEvent {
  return {
    sourceId: names.sourceId,
    kind: 'TELEMETRY',
    time: new Date(ms).toISOString(),
    sequence,
    city: names.city,
    vehicleId: names.sourceId,
    vehicleType: names.vehicleType,
    stationId: null,
    tripId: null,
    latitude: digits(body.position.latitude, 6),
    longitude: digits(body.position.longitude, 6),
    speedKmh: digits(body.speedKmh, 1),
    batteryPercent: digits(body.batteryPercent, 2),
    odometerKm: digits(body.odometerKm, 2),
    bikesAvailable: null,
    docksAvailable: null,
    faults: body.faults,
  };
}

/** What the turbine's controller reports: means over the time since its last reading, stated when it is whole seconds. */
export function turbineReadingOf(
  body: TurbineBody,
  { ms, sequence }: Tick,
  { turbineId, seconds }: { readonly turbineId: string; readonly seconds: number },
): TurbineReading {
  return {
    turbineId,
    time: new Date(ms).toISOString(),
    sequence,
    activePowerKw: digits(body.powerKw, 2),
    windSpeedMs: digits(body.windMs, 2),
    theoreticalPowerKw: digits(theoreticalPower(body.windMs), 2),
    windDirectionDeg: digits(body.windDirectionDeg, 1),
    intervalSeconds: Number.isInteger(seconds) ? seconds : null,
  };
}
