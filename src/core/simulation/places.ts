import type { Position } from '../geometry.ts';

/** A city that simulated vehicles drive in: inside the operating area of the alert rules. */
export interface SimulatedCity {
  readonly name: string;
  readonly centre: Position;
  /** Vehicles turn back when they are this far from the centre, km. */
  readonly radiusKm: number;
}

export const simulatedCities: readonly SimulatedCity[] = [
  { name: 'oslo', centre: { latitude: 59.925, longitude: 10.75 }, radiusKm: 2.5 },
  { name: 'berlin', centre: { latitude: 52.51, longitude: 13.38 }, radiusKm: 2.5 },
];
