import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import type { DeviceMessage } from '../../src/cli/devices/device-message.ts';
import { makeMessages } from '../../src/cli/replay-file/device-messages.ts';
import { type ProfileName, profiles } from '../../src/cli/replay-file/profile.ts';

/** Folder of the recorded files: EVENT_BUS_RECORDED_DATA, or `../shared/data` beside the checkout. */
export const recordedFolder =
  process.env['EVENT_BUS_RECORDED_DATA'] ?? join(import.meta.dirname, '..', '..', '..', 'shared', 'data');

const files: Readonly<Record<ProfileName, string>> = {
  twizy: 'ev_telemetry_twizy_rabat_2021.csv',
  scada: 'wind_scada_yalova_2018.csv',
  bikes: 'bike_trips_oslo_2023-12.csv',
  gbfs: 'bike_station_snapshots_oslo_2023-06.csv',
};

export const recordedFile = (profile: ProfileName): string => join(recordedFolder, files[profile]);

/** Whether the recorded files are on this machine. */
export const recordedHere = existsSync(recordedFile('twizy'));

/** For the title of a suite on the recorded files: why it is skipped. */
export const recordedNote = recordedHere
  ? ''
  : ` (skipped: no files in ${recordedFolder}; set EVENT_BUS_RECORDED_DATA)`;

/** A recorded file, or a copy of its first rows in `folder`; all its rows when `rows` is absent. */
export function recordedPart(
  profile: ProfileName,
  { folder, rows }: { readonly folder: string; readonly rows?: number | undefined },
): { readonly path: string; readonly rows: number } {
  const lines = readFileSync(recordedFile(profile), 'utf8').trimEnd().split('\n');
  if (rows === undefined) return { path: recordedFile(profile), rows: lines.length - 1 };
  const path = join(folder, files[profile]);
  writeFileSync(path, `${lines.slice(0, rows + 1).join('\n')}\n`);
  return { path, rows };
}

const read = new Map<ProfileName, readonly DeviceMessage[]>();

/** Every message that the devices of a recorded file would have sent. */
export function recordedMessages(profile: ProfileName): readonly DeviceMessage[] {
  const known = read.get(profile);
  if (known !== undefined) return known;
  const maker = makeMessages(profiles[profile]);
  const rows: Record<string, string>[] = parse(readFileSync(recordedFile(profile)), { columns: true });
  const messages = [...rows.flatMap((row, index) => maker.add(row, index + 1)), ...maker.end()];
  read.set(profile, messages);
  return messages;
}
