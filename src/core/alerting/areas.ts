import { isInside, type Polygon, type Position } from '../geometry.ts';

/** Where vehicles may or may not be. */
export interface Area {
  readonly id: string;
  /** As a sentence names it. */
  readonly name: string;
  /** City, lower case, as devices and the device table name it. */
  readonly city: string;
  readonly polygon: Polygon;
}

/** Areas that a vehicle must not leave. */
export const operatingAreas: readonly Area[] = [
  {
    id: 'oslo',
    name: 'Oslo',
    city: 'oslo',
    polygon: [
      [59.885, 10.63],
      [59.9, 10.7],
      [59.895, 10.76],
      [59.885, 10.8],
      [59.91, 10.86],
      [59.955, 10.86],
      [59.97, 10.78],
      [59.965, 10.68],
      [59.94, 10.63],
    ],
  },
  {
    id: 'berlin',
    name: 'Berlin inside the S-Bahn ring',
    city: 'berlin',
    polygon: [
      [52.474, 13.33],
      [52.469, 13.42],
      [52.478, 13.468],
      [52.514, 13.476],
      [52.55, 13.43],
      [52.549, 13.36],
      [52.534, 13.3],
      [52.505, 13.278],
      [52.486, 13.3],
    ],
  },
  {
    id: 'rabat',
    name: 'Rabat, Salé and Technopolis',
    city: 'rabat',
    polygon: [
      [33.95, -6.95],
      [34.035, -6.86],
      [34.075, -6.8],
      [34.06, -6.7],
      [33.96, -6.7],
      [33.93, -6.83],
    ],
  },
];

/** Areas that a vehicle must not enter. */
export const forbiddenAreas: readonly Area[] = [
  {
    id: 'oslo-palace-park',
    name: 'the palace park',
    city: 'oslo',
    polygon: [
      [59.9152, 10.7225],
      [59.9152, 10.7325],
      [59.9195, 10.7335],
      [59.9205, 10.7255],
      [59.9185, 10.7215],
    ],
  },
  {
    id: 'berlin-museum-island',
    name: 'the museum island',
    city: 'berlin',
    polygon: [
      [52.5165, 13.4015],
      [52.5185, 13.395],
      [52.5225, 13.394],
      [52.5205, 13.4],
    ],
  },
  {
    id: 'rabat-airport',
    name: 'the airfield of Rabat-Salé',
    city: 'rabat',
    polygon: [
      [34.0425, -6.765],
      [34.0425, -6.735],
      [34.06, -6.735],
      [34.06, -6.765],
    ],
  },
];

/** The operating area of a city. */
export function operatingAreaOf(city: string): Area | null {
  return operatingAreas.find((area) => area.city === city) ?? null;
}

/** The operating area that holds the position: home of a vehicle whose city nobody told. */
export function operatingAreaAt(position: Position): Area | null {
  return operatingAreas.find(({ polygon }) => isInside(polygon, position)) ?? null;
}

/** The forbidden area of the city that holds the position. */
export function forbiddenAreaAt(city: string, position: Position): Area | null {
  return forbiddenAreas.find((area) => area.city === city && isInside(area.polygon, position)) ?? null;
}
