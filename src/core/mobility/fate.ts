import type { VehicleBayEvent } from '../../catalogue/events.generated.ts';

/** What became of one event at one entity. Only `applied` changes its state. */
export type Fate =
  | { readonly fate: 'applied' }
  | { readonly fate: 'duplicate' }
  /** Too late to change anything; the detail says what it comes after. */
  | { readonly fate: 'late'; readonly detail: string };

export const applied: Fate = { fate: 'applied' };
export const duplicate: Fate = { fate: 'duplicate' };

export function late(ms: number, thanMs: number, what: string): Fate {
  return { fate: 'late', detail: `of ${isoTime(ms)}, after ${what} of ${isoTime(thanMs)}` };
}

/** A time as details and ids write it; times that no date can hold as plain ms. */
export function isoTime(ms: number): string {
  const date = new Date(ms);
  return Number.isNaN(date.getTime()) ? `${ms} ms` : date.toISOString();
}

/** Where something is; unknown parts are null. */
export interface Place {
  readonly latitude: number | null;
  readonly longitude: number | null;
}

/** The position that an event tells, when it can be one. */
export function placeOf({ latitude, longitude }: Pick<VehicleBayEvent, 'latitude' | 'longitude'>): Place {
  const known =
    latitude !== null && longitude !== null && Math.abs(latitude) <= 90 && Math.abs(longitude) <= 180 && latitude !== 0;
  return known ? { latitude, longitude } : nowhere;
}

export const nowhere: Place = { latitude: null, longitude: null };
