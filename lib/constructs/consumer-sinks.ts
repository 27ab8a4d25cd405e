import type { Consumer } from '../../src/catalogue/model.ts';

export interface Sinks {
  readonly topics: readonly string[];
  readonly tables: readonly string[];
  /** Beginnings of keys in the object store. */
  readonly objects: readonly string[];
  /** True for a consumer that hands events of its topics to the event router. */
  readonly router: boolean;
  /** True for a consumer that sends messages to devices. */
  readonly devices: boolean;
  /** True for a transformation of a delivery stream, which reads no topic itself. */
  readonly lake: boolean;
}

/** Where a consumer's effects go, by kind. */
export function sinksOf({ sinks }: Pick<Consumer, 'sinks'>): Sinks {
  return {
    topics: after(sinks, 'topic:'),
    tables: after(sinks, 'table:'),
    objects: after(sinks, 'objects:'),
    router: sinks.includes('router'),
    devices: sinks.includes('devices'),
    lake: sinks.includes('lake'),
  };
}

function after(sinks: readonly string[], kind: string): readonly string[] {
  return sinks.filter((sink) => sink.startsWith(kind)).map((sink) => sink.slice(kind.length));
}
