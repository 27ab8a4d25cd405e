import { describe, expect, test } from '@jest/globals';
import type { AvroRecordSchema } from '../../../src/catalogue/avro-schema.ts';
import { schemas } from '../../../src/catalogue/schemas.generated.ts';
import { loadProto, protoPath } from '../../../src/services/ingest/ingest-proto.ts';

interface MessageDefinition {
  readonly type: {
    readonly field: readonly { readonly name: string }[];
    readonly value: readonly { readonly name: string }[];
  };
}

const definition = loadProto(protoPath) as unknown as Readonly<Record<string, MessageDefinition>>;

const camel = (name: string) => name.replaceAll(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
const fieldsOf = (message: string) =>
  definition[`ingest.v1.${message}`]?.type.field.map(({ name }) => camel(name)).sort();
const namesOf = (schema: AvroRecordSchema | undefined) => schema?.fields.map(({ name }) => name) ?? [];

function typeOf(schema: AvroRecordSchema | undefined, field: string): unknown {
  const found = schema?.fields.find(({ name }) => name === field);
  if (found === undefined) throw new Error(`no field ${field}`);
  return found.type;
}

/** The readings inside the batch: the record type of the array's items. */
function vehicleReadingFields(): string[] {
  return namesOf((typeOf(schemas.TelemetryBatch[0], 'readings') as { readonly items: AvroRecordSchema }).items);
}

describe('the proto file and the schemas say the same', () => {
  test('about vehicle readings; the type of the vehicle stands in the batch', () => {
    expect(fieldsOf('VehicleReading')).toEqual([...vehicleReadingFields(), 'vehicleType'].sort());
    expect(namesOf(schemas.TelemetryBatch[0]).sort()).toEqual(['deviceId', 'readings', 'sentAt', 'vehicleType']);
  });

  test.each([
    ['TurbineReading', 'turbineId', schemas.TurbineReading[0]],
    ['SensorReading', 'sensorId', schemas.SensorReading[0]],
    ['VehicleBayEvent', 'sourceId', schemas.VehicleBayEvent[0]],
  ] as const)('about %s; its %s is the device id of the reading', (...[message, key, schema]) => {
    expect(fieldsOf(message)).toEqual(
      namesOf(schema)
        .filter((name) => name !== key)
        .sort(),
    );
  });

  test('about the kinds of bay events', () => {
    const { symbols } = typeOf(schemas.VehicleBayEvent[0], 'kind') as { readonly symbols: readonly string[] };
    const values = definition['ingest.v1.VehicleBayEventKind']?.type.value.map(({ name }) => name);
    expect(values).toEqual(
      symbols.map((symbol) => `VEHICLE_BAY_EVENT_KIND_${symbol === 'UNKNOWN' ? 'UNSPECIFIED' : symbol}`),
    );
  });
});
