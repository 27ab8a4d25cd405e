import { setTimeout } from 'node:timers/promises';
import { iotCore } from '../src/consumers/iot-control.ts';
import { makeDestinationGate } from '../src/consumers/iot-destination/handler.ts';

export const handler = makeDestinationGate({ env: process.env, iot: iotCore(), wait: () => setTimeout(10_000) });
