import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { environment } from '../../catalogue/environment.ts';
import { AppError } from '../../core/errors/app-error.ts';
import { makeIotDownlink } from './device-downlink.iot.ts';
import type { DeviceDownlink } from './device-downlink.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The way to the devices that a URL names: `iot://REGION`, `http(s)://HOST:PORT`, or `file:///FILE` with such an address
 * in it, which is read with every message: the embedded gateway takes its port after the functions are made.
 * @throws AppError EVENTBUS_FLEET_DOWNLINK_URL
 */
export function deviceDownlinkFromUrl(text: string, env: Environment = process.env): DeviceDownlink {
  const region = /^iot:\/\/([a-z]{2}(?:-[a-z]+)+-\d)$/.exec(text)?.[1];
  if (region !== undefined) {
    const endpoint = `https://data-ats.iot.${region}.amazonaws.com`;
    return makeIotDownlink({ region, endpoint: () => endpoint });
  }
  const own = { region: env['AWS_REGION'] ?? 'eu-west-1' };
  if (/^https?:\/\/[^/]+$/.test(text)) return makeIotDownlink({ ...own, endpoint: () => text });
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url?.protocol === 'file:' && url.host === '') return makeIotDownlink({ ...own, endpoint: () => addressIn(url) });
  throw new AppError('EVENTBUS_FLEET_DOWNLINK_URL', `got "${text}"`);
}

/** The way that the environment names. @throws AppError EVENTBUS_FLEET_DOWNLINK_URL when it names none */
export function deviceDownlinkFromEnvironment(env: Environment): DeviceDownlink {
  return deviceDownlinkFromUrl(env[environment.deviceDownlink] ?? '', env);
}

function addressIn(file: URL): string {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (cause) {
    throw new AppError('EVENTBUS_FLEET_DOWNLINK_UNAVAILABLE', `no address in ${fileURLToPath(file)} yet`, { cause });
  }
}
