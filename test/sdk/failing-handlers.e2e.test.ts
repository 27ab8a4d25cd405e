import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { makeCodec } from '../../src/codec/codec.ts';
import { makePublisher } from '../../src/kafka/publisher.ts';
import { dependencyUnavailable, type EventBus, type EventOf, eventRejected } from '../../src/sdk/index.ts';
import { codedRejectionOf } from '../make/coded-error.ts';
import { type SdkRig, startSdkRig, until } from './sdk-rig.ts';

let rig: SdkRig;
let bus: EventBus;

beforeAll(async () => {
  rig = await startSdkRig(['photo.events.v1'], 1);
  bus = rig.bus();
});

afterAll(() => rig.close());

const options = (group: string) => ({ group, from: 'latest', backoff: { baseMs: 1, capMs: 4 } }) as const;
const publish = (filename: string) => bus.publish('photo.uploaded', { photoId: 'p', userId: 'u', filename });
const lettersOf = (group: string) => rig.letters.filter(({ consumer }) => consumer === group);
const rejecting = () => {
  throw eventRejected('always');
};
const garbage = (type: string) => ({
  topic: 'photo.events.v1',
  key: 'p',
  value: Buffer.from('garbage'),
  headers: {
    ce_specversion: '1.0',
    ce_id: type,
    ce_source: '//test',
    ce_type: type,
    'content-type': 'application/avro',
  },
});

describe('a handler that fails', () => {
  test('is called again, and then the event is dead-lettered whole and the next one handled', async () => {
    const calls: string[] = [];
    const subscription = await bus.subscribe(
      'photo.uploaded',
      ({ data }, { attempt }) => {
        calls.push(`${data.filename} ${attempt}`);
        if (data.filename === 'bad') throw new Error('no thumbnails today');
      },
      { ...options('tries'), maxAttempts: 3 },
    );
    await publish('good');
    const { id } = await publish('bad');
    await publish('next');
    await until(() => calls.includes('next 1'));
    await subscription.close();
    expect(calls).toEqual(['good 1', 'bad 1', 'bad 2', 'bad 3', 'next 1']);
    const [letter, ...more] = lettersOf('tries');
    expect(more).toEqual([]);
    expect(letter).toMatchObject({
      topic: 'photo.events.v1',
      eventId: id,
      code: 'EVENTBUS_SDK_HANDLER_FAILED',
      attempts: 3,
      schemaVersion: 'PhotoEvent/v1',
      source: 'consumer',
    });
    expect(letter?.message).toContain('no thumbnails today');
    expect(letter?.stack).toContain('failing-handlers.e2e.test.ts');
    const value = makeCodec().decode('PhotoEvent', Buffer.from(letter?.value ?? '', 'base64')).value;
    expect(value.filename).toBe('bad');
    expect(subscription.status()).toMatchObject({ handledEvents: 2, deadLetters: 1 });
  });

  test('that rejects the event is not called again', async () => {
    const calls: number[] = [];
    const handler = (_event: unknown, { attempt }: { readonly attempt: number }) => {
      calls.push(attempt);
      throw eventRejected('a photo without an owner');
    };
    const subscription = await bus.subscribe('photo.uploaded', handler, options('rejects'));
    await publish('rejected');
    await until(() => lettersOf('rejects').length > 0);
    await subscription.close();
    expect(calls).toEqual([1]);
    expect(lettersOf('rejects')[0]).toMatchObject({ code: 'EVENTBUS_SDK_EVENT_REJECTED', attempts: 1 });
  });

  test('because something is away makes the partition wait, without a letter', async () => {
    const calls: string[] = [];
    let away = true;
    const handler = ({ data }: EventOf<'photo.uploaded'>) => {
      calls.push(String(data.filename));
      if (away) throw dependencyUnavailable('the resizer');
    };
    const subscription = await bus.subscribe('photo.uploaded', handler, options('waits'));
    await publish('first');
    await publish('second');
    await until(() => calls.length >= 2);
    expect(calls).not.toContain('second');
    away = false;
    await until(() => calls.includes('second'));
    await subscription.close();
    expect(lettersOf('waits')).toEqual([]);
  });

  test('does not keep the subscription from being closed', async () => {
    const calls: unknown[] = [];
    const handler = (event: unknown) => {
      calls.push(event);
      throw dependencyUnavailable('everything');
    };
    const subscription = await bus.subscribe('photo.uploaded', handler, options('closed-while-waiting'));
    await publish('waiting');
    await until(() => calls.length > 0);
    await subscription.close();
    expect(lettersOf('closed-while-waiting')).toEqual([]);
  });

  test('and has "hold" for dead letters keeps its partition until it succeeds', async () => {
    const calls: string[] = [];
    const handler = ({ data }: EventOf<'photo.uploaded'>) => {
      calls.push(String(data.filename));
      if (calls.length < 4) throw new Error('not yet');
    };
    const hold = { ...options('holds'), maxAttempts: 2, deadLetters: 'hold' } as const;
    const subscription = await bus.subscribe('photo.uploaded', handler, hold);
    await publish('held');
    await publish('behind');
    await until(() => calls.includes('behind'));
    await subscription.close();
    expect(calls).toEqual(['held', 'held', 'held', 'held', 'behind']);
  });

  test('waits where its letter cannot be sent, and goes on when it can', async () => {
    let taken = 0;
    const deadLetters = async () => {
      taken += 1;
      if (taken === 1) throw new Error('the queue is away');
    };
    const subscription = await bus.subscribe('photo.uploaded', rejecting, { ...options('no-queue'), deadLetters });
    await publish('lettered');
    await until(() => subscription.status().deadLetters > 0);
    await subscription.close();
    expect(taken).toBe(2);
  });
});

describe('a record that cannot be read', () => {
  test('is dead-lettered without a call, unless its type is of no interest', async () => {
    const calls: (string | null)[] = [];
    const handler = ({ data }: EventOf<'photo.uploaded'>) => calls.push(data.filename);
    const subscription = await bus.subscribe('photo.uploaded', handler, options('unreadable'));
    const { bootstrapServers } = rig;
    const publisher = makePublisher({ connection: { bootstrapServers }, codec: makeCodec(), clientId: 'test' });
    await publisher.send([garbage('photo.processing.failed'), garbage('photo.uploaded')]);
    await publisher.close();
    await publish('readable');
    await until(() => calls.length > 0);
    await subscription.close();
    expect(calls).toEqual(['readable']);
    expect(lettersOf('unreadable').map(({ eventId }) => eventId)).toEqual(['photo.uploaded']);
  });
});

describe('a subscription that cannot be', () => {
  test('says within its time why it could not join', async () => {
    const nowhere = rig.bus({ bootstrapServers: '127.0.0.1:1' });
    const joining = nowhere.subscribe('photo.uploaded', () => {}, { joinTimeoutMs: 300 });
    const error = await codedRejectionOf(joining);
    expect(error.code).toBe('EVENTBUS_SDK_NOT_JOINED');
    expect(error.message).toContain('127.0.0.1:1');
  });

  test('is refused where nothing says what becomes of dead letters', async () => {
    const far = rig.bus({ bootstrapServers: 'kafka.example:9092', deadLetters: undefined });
    const error = await codedRejectionOf(far.subscribe('photo.uploaded', () => {}));
    expect(error.code).toBe('EVENTBUS_SDK_DEAD_LETTERS_MISSING');
  });

  test.each([
    { concurrency: 0 },
    { maxAttempts: 1.5 },
    { from: 'newest' as 'latest' },
    { deadLetters: { queueUrl: 'letters' } },
  ])('is refused with %j', async (wrong) => {
    const error = await codedRejectionOf(bus.subscribe('photo.uploaded', () => {}, wrong));
    expect(error.code).toBe('EVENTBUS_SDK_OPTION_INVALID');
    expect(error.message).toContain(Object.keys(wrong)[0]);
  });

  test('is refused on a bus that is closed', async () => {
    const closed = rig.bus();
    await closed.close();
    expect((await codedRejectionOf(closed.subscribe('photo.uploaded', () => {}))).code).toBe('EVENTBUS_SDK_CLOSED');
    expect((await codedRejectionOf(closed.publish('photo.uploaded', { photoId: 'p' }))).code).toBe(
      'EVENTBUS_SDK_CLOSED',
    );
  });
});
