import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { catalogue } from '../../src/catalogue/catalogue.ts';
import { temporaryDirectory } from '../make/temporary-directory.ts';

const root = join(import.meta.dirname, '..', '..');
const directory = temporaryDirectory();

afterAll(() => directory.remove());

const envelope = "const envelope = { eventId: 'e', timestamp: '2026-05-04T10:00:00Z', source: 's', version: '1.0' };";

/** What the compiler says of a program that uses the SDK, by line: its error codes and messages. */
function errorsOf(lines: readonly string[]): ReadonlyMap<number, string> {
  const file = join(directory.path, 'program.mts');
  const head = `import { createEventBus, type TopicInput } from '${join(root, 'src', 'sdk', 'index.ts')}';`;
  writeFileSync(file, [head, 'const bus = createEventBus();', envelope, ...lines, ''].join('\n'));
  const settings = {
    extends: join(root, 'tsconfig.json'),
    compilerOptions: { rootDir: '/', typeRoots: [join(root, 'node_modules', '@types')] },
    include: [],
    files: [file],
  };
  writeFileSync(join(directory.path, 'tsconfig.json'), JSON.stringify(settings));
  const tsc = join(root, 'node_modules', '.bin', 'tsc');
  const { stdout } = spawnSync(tsc, ['-p', directory.path, '--pretty', 'false'], { encoding: 'utf8' });
  const found = stdout.matchAll(/program\.mts\((\d+),\d+\): error (.*)/g);
  return new Map([...found].map(([, line, text]) => [Number(line) - 4, String(text)]));
}

const programs: readonly (readonly [line: string, error: string | undefined])[] = [
  [`await bus.publish('photo.uploaded', { photoId: 'p', userId: 'u', filename: 'f' });`, undefined],
  [`await bus.publish('photo.uploadd', { photoId: 'p' });`, `'"photo.uploadd"' is not assignable`],
  [`await bus.publish('photo.uploaded', { photoId: 7 });`, `Type 'number' is not assignable to type 'string'`],
  [`await bus.publish('photo.uploaded', { photoId: 'p', fileName: 'f' });`, `Did you mean to write 'filename'?`],
  [`await bus.publish('order.created', { orderId: 'o' });`, 'missing the following properties'],
  [`await bus.publish('photo.uploaded', { photoId: undefined });`, undefined],
  [`await bus.publishEnvelope({ ...envelope, eventType: 'photo.uploaded', data: { photoId: 'p' } });`, undefined],
  [
    `await bus.publishEnvelope({ ...envelope, eventType: 'photo.uploaded', data: { photoId: 1 } });`,
    `Type 'number' is not`,
  ],
  [`await bus.publish('alert.raised', {} as TopicInput<'alerts'>, { topic: 'alerts' });`, undefined],
  [`await bus.publish('alert.raised', {} as TopicInput<'alerts'>);`, `'"alert.raised"' is not assignable`],
  [`await bus.publish('alert.raised', {} as TopicInput<'analytics.alerts'>, { topic: 'alerts' });`, 'No overload'],
  [`await bus.subscribe('photo.uploaded', ({ data }) => data.photoId?.length);`, undefined],
  [`await bus.subscribe('photo.uploaded', ({ data }) => data.orderId);`, `'orderId' does not exist`],
  [`await bus.subscribe('photo.uploaded', ({ type }) => type === 'order.created');`, 'have no overlap'],
  [`await bus.subscribe(['order.created', 'order.updated'], ({ data }) => data.orderId.length);`, undefined],
  [`await bus.subscribe('order-events', ({ type }) => type === 'order.created');`, undefined],
  [`await bus.subscribe('order-event', () => {});`, `'"order-event"' is not assignable`],
];

describe('the types of the SDK', () => {
  test('let through what the catalogue allows, and refuse the rest where it stands', () => {
    const errors = errorsOf(programs.map(([line]) => line));
    for (const [index, [line, error]] of programs.entries()) {
      const found = errors.get(index);
      expect({ line, found: error !== undefined && found?.includes(error) === true ? error : found }).toEqual({
        line,
        found: error,
      });
    }
    expect(errors.size).toBe(programs.filter(([, error]) => error !== undefined).length);
  });

  test('tell types and topics apart, because no name is both', () => {
    const topics = new Set<string>(catalogue.topics.map(({ name }) => name));
    expect(catalogue.topics.flatMap(({ eventTypes }) => eventTypes).filter((type) => topics.has(type))).toEqual([]);
  });
});
