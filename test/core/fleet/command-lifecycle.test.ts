import { describe, expect, test } from '@jest/globals';
import type { CommandReplyState, VehicleCommandState } from '../../../src/catalogue/events.generated.ts';
import { nextStep, resendAfterMs } from '../../../src/core/fleet/command-lifecycle.ts';

type Reply = Exclude<CommandReplyState, 'UNKNOWN' | 'LISTENING'>;

const after = (state: VehicleCommandState, reply: Reply) =>
  nextStep({ state, expiresAtMs: 1000 }, { kind: 'reply', state: reply }, 500);

describe('a reply of the vehicle', () => {
  test.each<[VehicleCommandState, Reply, VehicleCommandState]>([
    ['ISSUED', 'DELIVERED', 'DELIVERED'],
    ['ISSUED', 'EXECUTED', 'EXECUTED'],
    ['DELIVERED', 'ACCEPTED', 'ACCEPTED'],
    ['DELIVERED', 'REJECTED', 'REJECTED'],
    ['ACCEPTED', 'FAILED', 'FAILED'],
  ])('moves a command from %s by %s to %s', (state, reply, to) => {
    expect(after(state, reply)).toEqual({ to, resultCode: null });
  });

  test.each<[VehicleCommandState, Reply]>([
    ['DELIVERED', 'DELIVERED'],
    ['ACCEPTED', 'DELIVERED'],
    ['EXECUTED', 'EXECUTED'],
    ['EXECUTED', 'ACCEPTED'],
    ['EXPIRED', 'DELIVERED'],
    ['EXPIRED', 'REJECTED'],
  ])('changes nothing in %s when it is %s, and breaks no rule', (state, reply) => {
    expect(after(state, reply)).toMatchObject({ breach: false });
  });

  test.each<[VehicleCommandState, Reply]>([
    ['EXPIRED', 'ACCEPTED'],
    ['EXPIRED', 'EXECUTED'],
    ['CANCELLED', 'EXECUTED'],
  ])('in %s that says %s is a breach: the vehicle did what it was no longer to do', (state, reply) => {
    expect(after(state, reply)).toMatchObject({ breach: true });
  });
});

const at = (state: VehicleCommandState, nowMs: number) =>
  nextStep({ state, expiresAtMs: 1000 }, { kind: 'clock' }, nowMs);

describe('time', () => {
  test('ends what the vehicle has not accepted at the very moment of its expiry', () => {
    expect(at('ISSUED', 999)).toEqual({ ignored: 'too-early', breach: false });
    expect(at('ISSUED', 1000)).toEqual({ to: 'EXPIRED', resultCode: null });
    expect(at('DELIVERED', 1000)).toEqual({ to: 'EXPIRED', resultCode: null });
  });

  test('gives an accepted command an hour more to tell its end', () => {
    expect(at('ACCEPTED', 1000 + 3_599_999)).toEqual({ ignored: 'too-early', breach: false });
    expect(at('ACCEPTED', 1000 + 3_600_000)).toEqual({ to: 'FAILED', resultCode: 'no-result' });
  });

  test('does nothing to a command that is over', () => {
    expect(at('EXECUTED', 5000)).toEqual({ ignored: 'over', breach: false });
  });
});

const cancel = (state: VehicleCommandState) => nextStep({ state, expiresAtMs: null }, { kind: 'cancel' }, 0);

test('a command is cancelled until its vehicle has accepted it', () => {
  expect(cancel('DELIVERED')).toEqual({ to: 'CANCELLED', resultCode: null });
  expect(cancel('ACCEPTED')).toEqual({ ignored: 'too-early', breach: false });
  expect(cancel('REJECTED')).toEqual({ ignored: 'over', breach: false });
});

test('a command is sent again after 5, 10, 20 and 40 seconds, then every minute', () => {
  expect([1, 2, 3, 4, 5, 60].map(resendAfterMs)).toEqual([5000, 10_000, 20_000, 40_000, 60_000, 60_000]);
});
