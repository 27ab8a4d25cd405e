import { describe, expect, test } from '@jest/globals';
import type { DestinationState } from '../../src/consumers/iot-control.ts';
import { makeDestinationGate } from '../../src/consumers/iot-destination/handler.ts';

const env = { EVENT_BUS_IOT_DESTINATION: 'arn:destination' };

/** A gate whose destination goes through states, one each time it is asked; the last one stays. */
function made(...states: readonly Partial<DestinationState>[]) {
  let asked = 0;
  let waits = 0;
  const destination = async () => {
    const state = states[Math.min(asked, states.length - 1)];
    asked += 1;
    return { status: '', reason: '', ...state };
  };
  const gate = makeDestinationGate({ env, iot: { destination }, wait: async () => void (waits += 1) });
  return { gate, seen: () => ({ asked, waits }) };
}

describe('the gate of the destination', () => {
  test('trap 12: opens when IoT Core has made its interfaces, and not before', async () => {
    const { gate, seen } = made({ status: 'IN_PROGRESS' }, { status: 'IN_PROGRESS' }, { status: 'ENABLED' });
    await gate();
    expect(seen()).toEqual({ asked: 3, waits: 2 });
  });

  test('trap 12: ends the deployment at once when IoT Core gave up, with its reason', async () => {
    const { gate, seen } = made({ status: 'ERROR', reason: 'subnet is full' });
    await expect(gate()).rejects.toThrow(/arn:destination is ERROR: subnet is full/);
    expect(seen()).toEqual({ asked: 1, waits: 0 });
  });

  test('trap 12: ends the deployment when a destination stays in progress', async () => {
    const { gate, seen } = made({ status: 'IN_PROGRESS' });
    await expect(gate()).rejects.toMatchObject({ code: 'EVENTBUS_DEVICE_DESTINATION_UNUSABLE' });
    expect(seen().asked).toBe(72);
  });

  test('names the variable that it misses', async () => {
    const gate = makeDestinationGate({
      env: {},
      iot: { destination: async () => ({ status: '', reason: '' }) },
      wait: async () => {},
    });
    await expect(gate()).rejects.toThrow('EVENT_BUS_IOT_DESTINATION is not set');
  });
});
