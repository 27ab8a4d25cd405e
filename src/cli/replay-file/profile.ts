/** How a recorded file becomes what devices would have sent: pure data, one constant a kind of file. */

/** Where the reading's local time stands and in which zone the recorder's clock ran. */
export interface TimeColumns {
  /** Joined by one space before the pattern is applied. */
  readonly columns: readonly string[];
  /** Groups `year`, `month`, `day`, `time` (`HH:mm[:ss[.fraction]]`) and, where the file has it, `offset`. */
  readonly pattern: RegExp;
  /** IANA name; used where the text has no offset. */
  readonly zone: string;
}

interface Common {
  readonly name: ProfileName;
  readonly description: string;
  readonly time: TimeColumns;
}

/** Rows of vehicles; up to `batchSize` readings travel in one message. */
export interface VehicleProfile extends Common {
  readonly kind: 'vehicle';
  /** The device id is `prefix` and what the pattern's group 1 finds in the column, in lower case. */
  readonly device: { readonly column: string; readonly pattern: RegExp; readonly prefix: string };
  readonly vehicleType: string;
  readonly batchSize: number;
  readonly numbers: Readonly<Record<VehicleNumber, string>>;
  readonly mode: string;
  readonly tripId: string;
}

export type VehicleNumber =
  | 'latitude'
  | 'longitude'
  | 'altitudeM'
  | 'speedKmh'
  | 'gpsSpeedKmh'
  | 'speedLimitKmh'
  | 'batteryPercent'
  | 'temperatureC'
  | 'humidityPercent';

/** Rows of one turbine. */
export interface TurbineProfile extends Common {
  readonly kind: 'turbine';
  readonly turbineId: string;
  readonly intervalSeconds: number;
  readonly numbers: Readonly<Record<TurbineNumber, string>>;
}

export type TurbineNumber = 'activePowerKw' | 'windSpeedMs' | 'theoreticalPowerKw' | 'windDirectionDeg';

/** Rows of trips; each becomes one UNDOCKED and one DOCKED event at its own time. */
export interface TripProfile extends Common {
  readonly kind: 'trip';
  readonly city: string;
  readonly vehicleType: string;
  /** Prefix of the station's id in device ids. */
  readonly prefix: string;
  readonly start: StationColumns;
  readonly end: StationColumns;
}

export interface StationColumns {
  readonly time: string;
  readonly stationId: string;
  readonly latitude: string;
  readonly longitude: string;
}

/** Rows of station feeds (GBFS station_status); each becomes one BAY_STATUS event for each type of vehicle. */
export interface StationProfile extends Common {
  readonly kind: 'station';
  readonly city: string;
  /** Type of vehicles where a row does not count them by type. */
  readonly vehicleType: string;
  /** Prefix of the station's id in device ids. */
  readonly prefix: string;
  readonly columns: Readonly<Record<StationColumn, string>>;
}

export type StationColumn =
  | 'stationId'
  | 'reportedAt'
  | 'installed'
  | 'renting'
  | 'returning'
  | 'vehicles'
  | 'docks'
  | 'vehiclesByType';

export type Profile = VehicleProfile | TurbineProfile | TripProfile | StationProfile;
export type ProfileName = 'twizy' | 'scada' | 'bikes' | 'gbfs';

/** Renault Twizy in Rabat, 1 Hz. The two logs T1 and T2 overlap in nothing and are replayed as one device each. */
const twizy: VehicleProfile = {
  kind: 'vehicle',
  name: 'twizy',
  description: 'electric car, 1 Hz GPS and battery (ev_telemetry_twizy_rabat_2021.csv)',
  time: {
    columns: ['Date', 'Time'],
    pattern: /^(?<month>\d{1,2})\/(?<day>\d{1,2})\/(?<year>\d{4}) (?<time>\d{1,2}:\d{2}:\d{2})$/,
    // UTC+1, and UTC+0 during Ramadan: one of the seven trips, of 26 April 2021, lies in it.
    zone: 'Africa/Casablanca',
  },
  device: { column: 'trip_id', pattern: /^([A-Za-z0-9]+)_/, prefix: 'twizy-' },
  vehicleType: 'car',
  batchSize: 20,
  numbers: {
    latitude: 'LAT',
    longitude: 'LON',
    altitudeM: 'ALT',
    speedKmh: 'Speed',
    gpsSpeedKmh: 'GpsSpeed',
    speedLimitKmh: 'SpeedLimit',
    batteryPercent: 'Soc',
    temperatureC: 'Temperature',
    humidityPercent: 'Humidity',
  },
  mode: 'Mode',
  tripId: 'trip_id',
};

const scada: TurbineProfile = {
  kind: 'turbine',
  name: 'scada',
  description: 'wind turbine, 10-minute SCADA means (wind_scada_yalova_2018.csv)',
  time: {
    columns: ['Date/Time'],
    pattern: /^(?<day>\d{2}) (?<month>\d{2}) (?<year>\d{4}) (?<time>\d{2}:\d{2})$/,
    // UTC+3 all year since 2016.
    zone: 'Europe/Istanbul',
  },
  turbineId: 'yalova-1',
  intervalSeconds: 600,
  numbers: {
    activePowerKw: 'LV ActivePower (kW)',
    windSpeedMs: 'Wind Speed (m/s)',
    // The file's heading says KWh; the values are kW.
    theoreticalPowerKw: 'Theoretical_Power_Curve (KWh)',
    windDirectionDeg: 'Wind Direction (°)',
  },
};

const bikes: TripProfile = {
  kind: 'trip',
  name: 'bikes',
  description: 'shared bikes, trips as station events (bike_trips_oslo_2023-12.csv)',
  time: {
    columns: [],
    pattern:
      /^(?<year>\d{4})-(?<month>\d{2})-(?<day>\d{2})[ T](?<time>\d{2}:\d{2}:\d{2}(?:\.\d+)?)(?<offset>Z|[+-]\d{2}:\d{2})?$/,
    zone: 'UTC',
  },
  city: 'oslo',
  vehicleType: 'bike',
  prefix: 'oslo-station-',
  start: {
    time: 'started_at',
    stationId: 'start_station_id',
    latitude: 'start_station_latitude',
    longitude: 'start_station_longitude',
  },
  end: {
    time: 'ended_at',
    stationId: 'end_station_id',
    latitude: 'end_station_latitude',
    longitude: 'end_station_longitude',
  },
};

const gbfs: StationProfile = {
  kind: 'station',
  name: 'gbfs',
  description: 'shared bikes, counts of stations (bike_station_snapshots_oslo_2023-06.csv)',
  // Seconds since 1970-01-01 UTC.
  time: { columns: ['last_reported'], pattern: /^\d{1,11}$/, zone: 'UTC' },
  city: 'oslo',
  vehicleType: 'bike',
  prefix: 'oslo-station-',
  columns: {
    stationId: 'station_id',
    reportedAt: 'last_reported',
    installed: 'is_installed',
    renting: 'is_renting',
    returning: 'is_returning',
    vehicles: 'num_bikes_available',
    docks: 'num_docks_available',
    vehiclesByType: 'vehicle_types_available',
  },
};

export const profiles: Readonly<Record<ProfileName, Profile>> = { twizy, scada, bikes, gbfs };

/** Columns that a file must have for the profile. */
export function requiredColumns(profile: Profile): readonly string[] {
  if (profile.kind === 'trip') return [...Object.values(profile.start), ...Object.values(profile.end)];
  if (profile.kind === 'station') return Object.values(profile.columns);
  const numbers = Object.values(profile.numbers);
  if (profile.kind === 'turbine') return [...profile.time.columns, ...numbers];
  return [...new Set([profile.device.column, ...profile.time.columns, profile.mode, profile.tripId, ...numbers])];
}
