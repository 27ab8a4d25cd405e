import { deflateSync } from 'node:zlib';
import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import type { AvroRecordSchema } from '../../src/catalogue/avro-schema.ts';
import type { Events, Subject } from '../../src/catalogue/events.generated.ts';
import { contentTypes } from '../../src/catalogue/headers.ts';
import { schemas } from '../../src/catalogue/schemas.generated.ts';
import { makeCodec } from '../../src/codec/codec.ts';
import { AppError } from '../../src/core/errors/app-error.ts';
import { arbitraryValue } from '../make/arbitrary-event.ts';

const codec = makeCodec();
const subjects = Object.keys(schemas) as Subject[];
const types = [undefined, contentTypes.avro, contentTypes.json, contentTypes.cloudEventsJson];

/** True for a value, false for a coded error; anything else is thrown on and fails the test. */
function survives(subject: Subject, contentType: string | undefined, bytes: Buffer): boolean {
  try {
    codec.decodeRecord(subject, contentType, bytes);
    return true;
  } catch (error) {
    if (error instanceof AppError && error.code.startsWith('EVENTBUS_CODEC_')) return false;
    throw error;
  }
}

const anySubject = fc.constantFrom(...subjects);

/** A valid encoded event. */
const framed = anySubject.chain((subject) =>
  arbitraryValue(schemas[subject].at(-1) as AvroRecordSchema).map((value) => ({
    subject,
    bytes: Buffer.from(codec.encode(subject, value as Events[Subject])),
  })),
);

type Mutation = (bytes: Buffer) => Buffer;

const mutation: fc.Arbitrary<Mutation> = fc.oneof(
  fc.tuple(fc.nat(), fc.nat(255)).map(([at, byte]) => (bytes: Buffer) => {
    const copy = Buffer.from(bytes);
    copy[at % copy.length] = byte;
    return copy;
  }),
  fc.nat().map((at) => (bytes: Buffer) => bytes.subarray(0, at % (bytes.length + 1))),
  fc.uint8Array({ minLength: 1, maxLength: 20 }).map((more) => (bytes: Buffer) => Buffer.concat([bytes, more])),
  fc.tuple(fc.nat(), fc.uint8Array({ minLength: 1, maxLength: 10 })).map(([at, more]) => (bytes: Buffer) => {
    const place = at % (bytes.length + 1);
    return Buffer.concat([bytes.subarray(0, place), more, bytes.subarray(place)]);
  }),
  fc.constant((bytes: Buffer) => {
    const copy = Buffer.from(bytes);
    copy[1] = 5;
    return copy;
  }),
);

describe('bytes from anyone', () => {
  test('random bytes give a value or a coded error, 4,000 times', () => {
    let tried = 0;
    const frames = fc.constantFrom<readonly number[]>([], [0], [3, 0], [3, 5], [0x7b]);
    fc.assert(
      fc.property(anySubject, fc.constantFrom(...types), frames, fc.uint8Array({ maxLength: 200 }), (...drawn) => {
        const [subject, contentType, frame, bytes] = drawn;
        survives(subject, contentType, Buffer.from([...frame, ...bytes]));
        tried += 1;
      }),
      { numRuns: 4000 },
    );
    expect(tried).toBe(4000);
  });

  test('random bodies behind a valid frame give a value or a coded error, 3,000 times', () => {
    let values = 0;
    fc.assert(
      fc.property(framed, fc.uint8Array({ maxLength: 60 }), fc.boolean(), ({ subject, bytes }, body, packed) => {
        const frame = Buffer.from(bytes.subarray(0, 18));
        frame[1] = packed ? 5 : 0;
        if (survives(subject, undefined, Buffer.concat([frame, packed ? deflateSync(body) : body]))) values += 1;
      }),
      { numRuns: 3000 },
    );
    // Nearly all random bodies are refused; were most accepted, the check would be missing.
    expect(values).toBeLessThan(300);
  });

  test('mutated events give a value or a coded error, 3,000 times', () => {
    let values = 0;
    fc.assert(
      fc.property(framed, fc.array(mutation, { minLength: 1, maxLength: 3 }), ({ subject, bytes }, mutations) => {
        const mutated = mutations.reduce<Buffer>((before, mutate) => mutate(before), bytes);
        if (survives(subject, contentTypes.avro, mutated)) values += 1;
      }),
      { numRuns: 3000 },
    );
    expect(values).toBeGreaterThan(0);
  });

  test('mutated JSON gives a value or a coded error, 1,000 times', () => {
    let refused = 0;
    fc.assert(
      fc.property(framed, fc.array(mutation, { minLength: 1, maxLength: 3 }), ({ subject, bytes }, mutations) => {
        const json = Buffer.from(JSON.stringify(codec.decode(subject, bytes).value));
        const mutated = mutations.reduce<Buffer>((before, mutate) => mutate(before), json);
        if (!survives(subject, contentTypes.json, mutated)) refused += 1;
      }),
      { numRuns: 1000 },
    );
    expect(refused).toBeGreaterThan(100);
  });

  test('JSON that describes something else is refused', () => {
    let values = 0;
    // Where every field is optional, any object will do.
    const demanding = subjects.filter((subject) => !survives(subject, contentTypes.json, Buffer.from('{}')));
    fc.assert(
      fc.property(fc.constantFrom(...demanding), fc.jsonValue({ maxDepth: 4 }), (subject, json) => {
        if (survives(subject, contentTypes.json, Buffer.from(JSON.stringify(json)))) values += 1;
      }),
      { numRuns: 500 },
    );
    expect(values).toBe(0);
  });
});
