import { describe, expect, test } from '@jest/globals';
import type { VehicleCommand } from '../../../src/catalogue/events.generated.ts';
import { decideCommand, type KnownVehicle } from '../../../src/core/fleet/command-policy.ts';
import { may1st } from '../../make/readings.ts';
import { vehicleCommand } from '../../make/vehicle-command.ts';

const standing: KnownVehicle = { status: 'STANDING', batteryPercent: 80, heardAtMs: may1st, emergencyOpen: false };

const decide = (command: Partial<VehicleCommand>, vehicle: KnownVehicle | null = standing, nowMs = may1st) =>
  decideCommand({ command: vehicleCommand(command), vehicle, nowMs });

describe('the policy', () => {
  test.each<[string, Partial<VehicleCommand>, KnownVehicle | null]>([
    ['a rider unlocks', { issuedBy: 'rider:r-1' }, standing],
    ['an operator locks a vehicle that stands', { command: 'LOCK' }, standing],
    [
      'the emergency policy stops a vehicle that moves',
      { command: 'STOP', priority: 'SAFETY', issuedBy: 'policy:stop' },
      { ...standing, status: 'MOVING' },
    ],
    [
      'a service sends a vehicle',
      { command: 'GO_TO', issuedBy: 'service:d', destinationLatitude: 59, destinationLongitude: 10 },
      standing,
    ],
    [
      'anybody lets a vehicle in an emergency signal',
      { command: 'SIGNAL', issuedBy: 'rider:r-1' },
      { ...standing, emergencyOpen: true },
    ],
    ['nothing is known of a vehicle that need not stand', {}, null],
  ])('allows that %s', (_what, command, vehicle) => {
    expect(decide(command, vehicle)).toEqual({ verdict: 'allowed', rule: 'allowed' });
  });

  test.each<readonly [string, string, Partial<VehicleCommand>, (KnownVehicle | null)?]>([
    ['issuer-unknown', 'nobody gives it', { issuedBy: 'anna' }, standing],
    ['role', 'a rider stops a vehicle', { command: 'STOP', issuedBy: 'rider:r-1' }, standing],
    ['role', 'a technician resumes a drive', { command: 'RESUME', issuedBy: 'technician:t' }, standing],
    ['role', 'the kind is unknown', { command: 'UNKNOWN' }, standing],
    ['safety-priority', 'a rider overtakes others', { priority: 'SAFETY', issuedBy: 'rider:r-1' }, standing],
    ['content', 'nobody says where to', { command: 'GO_TO' }, standing],
    ['content', 'the limit is no limit', { command: 'SET_SPEED_LIMIT', speedLimitKmh: 0 }, standing],
    ['validity', 'it never expires', { expiresAt: null }, standing],
    ['validity', 'it is valid for two days', { expiresAt: may1st + 48 * 3_600_000 }, standing],
    ['emergency', 'a rider unlocks in an emergency', { issuedBy: 'rider:r-1' }, { ...standing, emergencyOpen: true }],
    ['moving', 'the vehicle moves', { command: 'LOCK' }, { ...standing, status: 'MOVING' }],
    ['state-unknown', 'nobody heard of the vehicle', { command: 'LOCK' }, null],
    [
      'state-unknown',
      'the vehicle was heard too long ago',
      { command: 'LOCK' },
      { ...standing, heardAtMs: may1st - 300_001 },
    ],
    [
      'battery',
      'the battery is low',
      { command: 'GO_TO', destinationLatitude: 59, destinationLongitude: 10 },
      { ...standing, batteryPercent: 14 },
    ],
  ])('denies by %s when %s', (...[rule, , command, vehicle]) => {
    expect(decide(command, vehicle)).toEqual({ verdict: 'denied', rule, reason: expect.any(String) });
  });

  test('says of a command that came too late that it has expired, whoever gave it', () => {
    const late = decide({ issuedBy: 'nobody' }, standing, may1st + 60_000);
    expect(late).toEqual({ verdict: 'expired', rule: 'expired', reason: 'it expired 0 ms before it was judged' });
    expect(decide({}, standing, may1st + 59_999)).toMatchObject({ verdict: 'allowed' });
  });
});
