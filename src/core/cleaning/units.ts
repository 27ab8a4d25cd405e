/** A value in its normal unit. */
export interface NormalValue {
  readonly value: number;
  readonly unit: string;
}

interface Conversion {
  readonly unit: string;
  readonly factor: number;
  readonly offset: number;
}

const by = (unit: string, factor = 1, offset = 0): Conversion => ({ unit, factor, offset });

/** Units that sensors name, in lower case, and what makes a normal unit of them: `value × factor + offset`. */
const conversions: ReadonlyMap<string, Conversion> = new Map(
  Object.entries({
    c: by('C'),
    '°c': by('C'),
    degc: by('C'),
    celsius: by('C'),
    f: by('C', 5 / 9, -160 / 9),
    '°f': by('C', 5 / 9, -160 / 9),
    degf: by('C', 5 / 9, -160 / 9),
    k: by('C', 1, -273.15),
    pa: by('Pa'),
    hpa: by('Pa', 100),
    mbar: by('Pa', 100),
    kpa: by('Pa', 1000),
    bar: by('Pa', 100_000),
    psi: by('Pa', 6894.757_293_168),
    atm: by('Pa', 101_325),
    'm/s': by('m/s'),
    'km/h': by('m/s', 1 / 3.6),
    mph: by('m/s', 0.447_04),
    kn: by('m/s', 1852 / 3600),
    'mm/s': by('mm/s'),
    'in/s': by('mm/s', 25.4),
    kw: by('kW'),
    w: by('kW', 0.001),
    '%': by('%'),
    percent: by('%'),
    deg: by('deg'),
    '°': by('deg'),
    rad: by('deg', 180 / Math.PI),
    m: by('m'),
    cm: by('m', 0.01),
    mm: by('m', 0.001),
    ft: by('m', 0.3048),
    v: by('V'),
    mv: by('V', 0.001),
    a: by('A'),
    ma: by('A', 0.001),
    hz: by('Hz'),
    rpm: by('rpm'),
    lx: by('lx'),
    ppm: by('ppm'),
    db: by('dB'),
    '1': by('1'),
    '': by('1'),
  }),
);

/** Units whose letters change their meaning in lower case. */
const exactConversions: ReadonlyMap<string, Conversion> = new Map(
  Object.entries({
    MW: by('kW', 1000),
    mW: by('kW', 1e-6),
    MPa: by('Pa', 1e6),
  }),
);

/** Every unit that is understood, for messages. */
export const knownUnits: readonly string[] = [...conversions.keys(), ...exactConversions.keys()].filter(
  (unit) => unit !== '',
);

/** The value in the normal unit of its kind (C, Pa, m/s, mm/s, kW, %, deg, m, V, A …); null for an unknown unit. */
export function toNormalUnit(value: number, unit: string): NormalValue | null {
  const name = unit.trim();
  const conversion = exactConversions.get(name) ?? conversions.get(name.toLowerCase());
  if (conversion === undefined) return null;
  if (conversion.factor === 1 && conversion.offset === 0) return { value, unit: conversion.unit };
  // Rounded to 12 digits: 68 °F is 20 °C and not 20.000000000000004.
  return { value: Number((value * conversion.factor + conversion.offset).toPrecision(12)), unit: conversion.unit };
}
