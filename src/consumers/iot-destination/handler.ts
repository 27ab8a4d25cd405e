import { environment } from '../../catalogue/environment.ts';
import { AppError } from '../../core/errors/app-error.ts';
import type { IotControl } from '../iot-control.ts';
import type { Environment } from '../runtime.ts';

export interface DestinationGateOptions {
  readonly env: Environment;
  readonly iot: Pick<IotControl, 'destination'>;
  /** Waits until IoT Core is asked again. */
  readonly wait: () => Promise<unknown>;
}

/** Times that IoT Core is asked; with ten seconds between them, twelve minutes. */
const maxAttempts = 72;

/**
 * Waits until IoT Core can reach the brokers: CloudFormation counts a destination as made while its interfaces still are,
 * and rules that stand before it is enabled lose what they are given.
 *
 * @throws AppError EVENTBUS_DEVICE_DESTINATION_UNUSABLE when it was given up, or is not enabled in time
 */
export function makeDestinationGate({ env, iot, wait }: DestinationGateOptions): () => Promise<void> {
  return async () => {
    const arn = env[environment.iotDestination];
    if (arn === undefined || arn === '') {
      throw new AppError('EVENTBUS_CONSUMER_CONFIGURATION', `${environment.iotDestination} is not set`);
    }
    let last = '';
    for (let attempt = 1; attempt <= maxAttempts; attempt += 1) {
      const { status, reason } = await iot.destination(arn);
      if (status === 'ENABLED') return;
      last = `${arn} is ${status}${reason === '' ? '' : `: ${reason}`}`;
      if (status !== 'IN_PROGRESS') break;
      await wait();
    }
    throw new AppError('EVENTBUS_DEVICE_DESTINATION_UNUSABLE', last);
  };
}
