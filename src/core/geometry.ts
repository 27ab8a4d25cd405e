/** A WGS84 position, degrees. */
export interface Position {
  readonly latitude: number;
  readonly longitude: number;
}

/** Corners of an area, `[latitude, longitude]` in degrees, in order; the last is joined to the first. */
export type Polygon = readonly (readonly [latitude: number, longitude: number])[];

const earthRadiusKm = 6371.0088;
const radians = Math.PI / 180;

/** Great-circle distance, km (haversine, mean earth radius). */
export function distanceKm(from: Position, to: Position): number {
  const sinLat = Math.sin(((to.latitude - from.latitude) * radians) / 2);
  const sinLon = Math.sin(((to.longitude - from.longitude) * radians) / 2);
  const h = sinLat * sinLat + Math.cos(from.latitude * radians) * Math.cos(to.latitude * radians) * sinLon * sinLon;
  return 2 * earthRadiusKm * Math.asin(Math.min(1, Math.sqrt(h)));
}

/** The position `km` away along `headingDeg` (0 north, 90 east), by the flat-earth step that holds below 100 km. */
export function moved(from: Position, headingDeg: number, km: number): Position {
  const degreesPerKm = 1 / (earthRadiusKm * radians);
  const heading = headingDeg * radians;
  return {
    latitude: from.latitude + Math.cos(heading) * km * degreesPerKm,
    longitude: from.longitude + (Math.sin(heading) * km * degreesPerKm) / Math.cos(from.latitude * radians),
  };
}

/** Heading from one position towards another, degrees, 0 to 360 (flat-earth, for short ways). */
export function headingDeg(from: Position, to: Position): number {
  const east = (to.longitude - from.longitude) * Math.cos(from.latitude * radians);
  const north = to.latitude - from.latitude;
  return (Math.atan2(east, north) / radians + 360) % 360;
}

/** Whether the position lies inside, by counting the edges that a ray to the east crosses; not across the date line. */
export function isInside(polygon: Polygon, { latitude, longitude }: Position): boolean {
  let inside = false;
  let previous = polygon[polygon.length - 1];
  for (const corner of polygon) {
    if (previous !== undefined) {
      const [lat1, lon1] = previous;
      const [lat2, lon2] = corner;
      const spans = lat1 > latitude !== lat2 > latitude;
      if (spans && longitude < ((lon2 - lon1) * (latitude - lat1)) / (lat2 - lat1) + lon1) inside = !inside;
    }
    previous = corner;
  }
  return inside;
}
