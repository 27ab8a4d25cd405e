import { ScriptedProcessor } from '../../make/batch-engine.ts';
import { mskRecord } from '../../make/msk-event.ts';

export const range = (from: number, to: number) => Array.from({ length: to - from }, (_, index) => from + index);
export const records = (from: number, to: number, partition = 0) =>
  range(from, to).map((offset) => mskRecord({ offset, partition, value: `{"n":${offset}}` }));
export const failures = (from: number, to: number, partition = 0) =>
  range(from, to).map((offset) => ({
    itemIdentifier: { partition: `vehicle.telemetry.v1-${partition}`, offset },
  }));
export const throwAt = (offset: number, error: () => Error) =>
  new ScriptedProcessor((items) => {
    if (items.some((item) => item.offset === offset)) throw error();
  });
