import type { CleanedReading, VehicleTelemetry } from '../../src/catalogue/events.generated.ts';
import {
  type AlertMemory,
  emptyAlertMemory,
  evaluateReading,
  evaluateVehicle,
} from '../../src/core/alerting/evaluate.ts';
import { cleanedReading, may1st, vehicleTelemetry } from './readings.ts';

export interface Told {
  /** `<index of the reading> RAISED|CLEARED <rule id>`. */
  readonly changes: readonly string[];
  readonly messages: readonly string[];
  readonly fates: readonly string[];
  readonly memory: AlertMemory;
}

interface Spoken {
  readonly fate: string;
  readonly memory: AlertMemory;
  readonly alerts: readonly { readonly state: string; readonly ruleId: string; readonly message: string }[];
}

function told(evaluations: readonly ((memory: AlertMemory, index: number) => Spoken)[]): Told {
  let memory = emptyAlertMemory;
  const changes: string[] = [];
  const messages: string[] = [];
  const fates: string[] = [];
  for (const [index, evaluate] of evaluations.entries()) {
    const result = evaluate(memory, index);
    // Through JSON, as the store keeps it.
    memory = JSON.parse(JSON.stringify(result.memory)) as AlertMemory;
    fates.push(result.fate);
    for (const alert of result.alerts) {
      changes.push(`${index} ${alert.state} ${alert.ruleId}`);
      messages.push(alert.message);
    }
  }
  return { changes, messages, fates, memory };
}

/** Judges a vehicle's readings one after another, one a second unless they say otherwise. */
export function vehicleStory(readings: readonly Partial<VehicleTelemetry>[]): Told {
  return told(
    readings.map((given, index) => (memory) => {
      const reading = vehicleTelemetry({ time: may1st + index * 1000, sequence: index, ...given });
      return evaluateVehicle(memory, reading, (ruleId) => `${ruleId}@${reading.time}`);
    }),
  );
}

/** Judges a turbine's or sensor's readings one after another, ten minutes apart unless they say otherwise. */
export function readingStory(readings: readonly Partial<CleanedReading>[]): Told {
  return told(
    readings.map((given, index) => (memory) => {
      const reading = cleanedReading({ time: may1st + index * 600_000, sequence: index, ...given });
      return evaluateReading(memory, reading, (ruleId) => `${ruleId}@${reading.time}`);
    }),
  );
}
