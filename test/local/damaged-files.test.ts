import { statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { endpointsFile, readEndpoints, writeEndpoints } from '../../src/local/platform/endpoints.ts';
import { QueueStore } from '../../src/local/queue/queue-store.ts';
import { temporaryDirectory } from '../make/temporary-directory.ts';

let directory: ReturnType<typeof temporaryDirectory>;
beforeEach(() => {
  directory = temporaryDirectory();
});
afterEach(() => directory.remove());

const halve = (file: string) => truncateSync(file, statSync(file).size >> 1);
const codeOf = (open: () => unknown) => {
  try {
    open();
  } catch (error) {
    return (error as { readonly code?: string }).code;
  }
  return undefined;
};

describe('a file that was cut', () => {
  test('is told of when the queue is opened', () => {
    const file = join(directory.path, 'queue.sqlite');
    const store = new QueueStore(file);
    store.send('q', [{ body: 'x'.repeat(500_000), attributes: null, delaySeconds: 0 }], 1);
    store.close();
    new QueueStore(file).close();
    halve(file);
    expect(codeOf(() => new QueueStore(file))).toBe('EVENTBUS_QUEUE_STORE');
  });
});

describe('endpoints that cannot be read', () => {
  test('are an error that names the file: at the default ports another bus may listen', () => {
    writeFileSync(endpointsFile(directory.path), '{"kafka":"127.0.0.1:1');
    expect(codeOf(() => readEndpoints(directory.path))).toBe('EVENTBUS_LOCAL_ENDPOINTS_DAMAGED');
    expect(() => readEndpoints(directory.path)).toThrow(endpointsFile(directory.path));
  });

  test('are the default ones where no bus has written any, and written anew by the next start', () => {
    expect(readEndpoints(directory.path).kafka).toBe('127.0.0.1:9092');
    writeFileSync(endpointsFile(directory.path), 'x');
    writeEndpoints(directory.path, { ...readEndpoints(join(directory.path, 'absent')), kafka: '127.0.0.1:1' });
    expect(readEndpoints(directory.path).kafka).toBe('127.0.0.1:1');
  });
});
