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
    id: 'paris',
    name: 'Paris inside the ring road',
    city: 'paris',
    polygon: [
      [48.816, 2.344],
      [48.827, 2.292],
      [48.838, 2.255],
      [48.852, 2.252],
      [48.872, 2.276],
      [48.887, 2.286],
      [48.9, 2.32],
      [48.901, 2.37],
      [48.9, 2.394],
      [48.88, 2.4],
      [48.862, 2.414],
      [48.835, 2.413],
      [48.819, 2.374],
    ],
  },
  {
    id: 'copenhagen',
    name: 'Copenhagen and Frederiksberg',
    city: 'copenhagen',
    polygon: [
      [55.637, 12.505],
      [55.69, 12.475],
      [55.73, 12.49],
      [55.733, 12.58],
      [55.7, 12.6],
      [55.695, 12.62],
      [55.668, 12.65],
      [55.63, 12.615],
    ],
  },
  {
    id: 'milan',
    name: 'Milan inside the tramway ring',
    city: 'milan',
    polygon: [
      [45.438, 9.155],
      [45.435, 9.2],
      [45.452, 9.237],
      [45.48, 9.243],
      [45.505, 9.225],
      [45.508, 9.185],
      [45.498, 9.15],
      [45.475, 9.133],
      [45.45, 9.135],
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
    id: 'paris-tuileries',
    name: 'the Tuileries garden',
    city: 'paris',
    polygon: [
      [48.8652, 2.3225],
      [48.862, 2.3325],
      [48.8645, 2.3335],
      [48.8672, 2.324],
    ],
  },
  {
    id: 'copenhagen-kings-garden',
    name: "the King's Garden",
    city: 'copenhagen',
    polygon: [
      [55.6835, 12.578],
      [55.684, 12.584],
      [55.6875, 12.5805],
      [55.686, 12.5755],
    ],
  },
  {
    id: 'milan-sempione',
    name: 'the Sempione park',
    city: 'milan',
    polygon: [
      [45.471, 9.177],
      [45.4735, 9.181],
      [45.477, 9.176],
      [45.475, 9.1705],
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
