import { expect, test } from '@jest/globals';
import { array, assert, integer, nat, property, tuple } from 'fast-check';
import { FrameGuard } from '../../../src/local/mqtt/frame-guard.ts';

const limit = 1_000;

function frame(type: number, bodyLength: number): Buffer {
  const length: number[] = [];
  let rest = bodyLength;
  do {
    length.push((rest & 127) | (rest > 127 ? 128 : 0));
    rest >>= 7;
  } while (rest > 0);
  return Buffer.concat([Buffer.from([type, ...length]), Buffer.alloc(bodyLength, type)]);
}

function chunks(bytes: Buffer, cuts: readonly number[]): Buffer[] {
  const places = [0, ...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length].sort((one, other) => one - other);
  return places.slice(1).map((end, index) => bytes.subarray(places[index], end));
}

const firstFound = (guard: FrameGuard, parts: readonly Buffer[]) =>
  parts.map((part) => guard.walk(part)).find((found) => found > 0) ?? 0;

const anyFrames = array(tuple(integer({ min: 0, max: 255 }), integer({ min: 0, max: 3_000 })), {
  minLength: 1,
  maxLength: 8,
});

test('the first frame that is too long is found wherever the stream is cut', () => {
  assert(
    property(anyFrames, array(nat(), { maxLength: 20 }), (frames, cuts) => {
      const bytes = Buffer.concat(frames.map(([type, length]) => frame(type, length)));
      const tooLong = frames.map(([, length]) => length).find((length) => length > limit) ?? 0;
      expect(firstFound(new FrameGuard(limit), chunks(bytes, cuts))).toBe(tooLong);
    }),
    { numRuns: 300 },
  );
});

test('a frame is judged by its header, before its body has arrived', () => {
  expect(new FrameGuard(limit).walk(Buffer.from([0x30, 0xff, 0xff, 0xff, 0x7f]))).toBe(268_435_455);
});
