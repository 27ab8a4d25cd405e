import type { VehicleCommand } from '../../src/catalogue/events.generated.ts';
import { may1st } from './readings.ts';

/** A command to unlock, given at {@link may1st} and valid for a minute. */
export function vehicleCommand(given: Partial<VehicleCommand> = {}): VehicleCommand {
  return {
    commandId: '7f0c1c6e-8f3a-5b0e-9d55-2b7f5a1c6e90',
    vehicleId: 'van-7',
    command: 'UNLOCK',
    state: 'ISSUED',
    priority: 'NORMAL',
    issuedAt: may1st,
    expiresAt: may1st + 60_000,
    issuedBy: 'operator:anna',
    requiresAck: true,
    stateAt: null,
    resultCode: null,
    resultDetail: null,
    destinationLatitude: null,
    destinationLongitude: null,
    speedLimitKmh: null,
    softwareVersion: null,
    parameters: {},
    tripId: null,
    operationId: null,
    correlationId: null,
    ...given,
  };
}
