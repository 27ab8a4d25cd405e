import { expect, test } from '@jest/globals';
import { fromHeaders, toHeaders } from '../../../src/codec/cloud-event.ts';
import type { MskHeader } from '../../../src/consumers/batch/msk-event.ts';
import { HeaderReader } from '../../../src/consumers/batch/record-headers.ts';
import { codedErrorOf } from '../../make/coded-error.ts';

const attributes = { id: 'e-1', source: '/fleet/Ålesund', type: 'vehicle.telemetry.cleaned', subject: 'veh-1' };
const entries = Object.entries(toHeaders(attributes));

function read(list: readonly MskHeader[], reader = new HeaderReader()) {
  reader.load(list);
  return fromHeaders(reader.get);
}

test('attributes come back from the byte numbers of a Lambda event, signed as Lambda sends them or not', () => {
  expect(read(entries.map(([name, value]) => ({ [name]: [...Buffer.from(value)] })))).toEqual(attributes);
  expect(read(entries.map(([name, value]) => ({ [name]: [...new Int8Array(Buffer.from(value))] })))).toEqual(
    attributes,
  );
});

const listOf = (id: string): MskHeader[] =>
  Object.entries(toHeaders({ ...attributes, id })).map(([name, value]) => ({ [name]: [...Buffer.from(value)] }));

test('one reader serves many records without mixing them up', () => {
  const reader = new HeaderReader();
  for (const id of ['e-1', 'e-2', 'e-2', 'e-10', 'e-1'])
    expect(read(listOf(id), reader)).toEqual({ ...attributes, id });
});

test('the first header of a name counts', () => {
  const list = [...entries, ['ce_id', 'second'] as const].map(([name, value]) => ({ [name]: [...Buffer.from(value)] }));
  expect(read(list).id).toBe('e-1');
});

test('headers are not found among what objects inherit', () => {
  expect(codedErrorOf(() => read([{}])).message).toContain('ce_specversion is missing');
});
