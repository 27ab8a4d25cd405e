import { isDeviceId } from '../../core/routing.ts';
import type { Log } from '../batch/invocation-report.ts';
import type { IotControl } from '../iot-control.ts';

export interface DeviceClaimsOptions {
  readonly iot: Pick<IotControl, 'thing'>;
  readonly log: Log;
}

/** What IoT Core takes as an answer: whether the device may register, and nothing changed in its parameters. */
export interface ClaimVerdict {
  readonly allowProvisioning: boolean;
  readonly parameterOverrides: Readonly<Record<string, string>>;
}

/**
 * Decides whether a device with a claim certificate may take the name it asks for: someone must have registered the
 * thing beforehand, and no certificate may be attached to it. Whoever steals a claim can then take no name that is in
 * use, and none that was made up. An event that names no device is refused.
 */
export function makeDeviceClaims({ iot, log }: DeviceClaimsOptions): (event: unknown) => Promise<ClaimVerdict> {
  return async (event) => {
    const device = serialNumberIn(event);
    const state = device === undefined ? 'unnamed' : await iot.thing(device);
    const allowProvisioning = state === 'vacant';
    if (allowProvisioning) log.info({ device }, 'a device took its name by claim');
    else log.warn({ device, state }, `a claim was refused: ${refusals[state]}`);
    return { allowProvisioning, parameterOverrides: {} };
  };
}

const refusals = {
  unnamed: 'the request has no usable serial number',
  unknown: 'no thing of that name is registered; make it first with "aws iot create-thing"',
  taken: 'the thing has a certificate already; detach the old one before the device registers anew',
} as const;

function serialNumberIn(event: unknown): string | undefined {
  const { parameters } = (event ?? {}) as { readonly parameters?: Readonly<Record<string, unknown>> };
  const name = parameters?.['SerialNumber'];
  return typeof name === 'string' && isDeviceId(name) ? name : undefined;
}
