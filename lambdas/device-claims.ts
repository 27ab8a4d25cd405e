import { environment } from '../src/catalogue/environment.ts';
import { makeDeviceClaims } from '../src/consumers/device-claims/handler.ts';
import { makeFunctionLog } from '../src/consumers/function-log.ts';
import { iotCore } from '../src/consumers/iot-control.ts';

const write = (line: string): boolean => process.stdout.write(line);
const level = process.env[environment.logLevel];

export const handler = makeDeviceClaims({
  iot: iotCore(),
  log: makeFunctionLog({ name: 'device-claims', level, write }),
});
