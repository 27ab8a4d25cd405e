import { connect } from 'node:net';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { seededRandom } from '../../../src/core/simulation/random.ts';
import { clientCodec } from '../../../src/local/kafka/protocol/message.ts';
import { sampleRequests } from './all-apis.ts';
import { type BrokerUnderTest, brokerUnderTest } from './broker-under-test.ts';
import { fetchPartition, produceTexts, recordsIn } from './requests.ts';

const frames = 20_000;
const lanes = 32;
const seed = 20_261_121;

let kafka: BrokerUnderTest;

beforeAll(async () => {
  kafka = await brokerUnderTest({
    topics: ['events', 'untouched'],
    settings: { initialRebalanceDelayMs: 0, maxPartitions: 200, maxConnections: 200 },
  });
});

afterAll(() => kafka.close());

/** Every API in every version offered, as whole request frames. */
const corpus = sampleRequests.flatMap(([api, request]) =>
  Array.from({ length: api.maxVersion - api.minVersion + 1 }, (_, index) =>
    Buffer.concat(clientCodec(api, api.minVersion + index).writeRequest(5, 'fuzz', request as never)),
  ),
);

const interesting = [0, 1, 0x7f, 0x80, 0xff, 0xfe];

function mutate(frame: Buffer, random: () => number): Buffer {
  let bytes = Buffer.from(frame);
  const below = (limit: number) => Math.floor(random() * limit);
  for (let edits = 1 + below(2); edits > 0; edits--) {
    // The length stays right most of the time, so that the mutation reaches the parser behind it.
    const at = 4 + below(bytes.length - 4);
    const kind = below(8);
    if (kind < 4) bytes[at]! ^= 1 << below(8);
    else if (kind < 6) bytes[at] = interesting[below(interesting.length)]!;
    else if (kind === 6) bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1 + below(4))]);
    else bytes = Buffer.concat([bytes.subarray(0, at), Buffer.from([below(256)]), bytes.subarray(at)]);
    if (bytes.length < 12) return bytes;
  }
  if (random() < 0.97) bytes.writeInt32BE(bytes.length - 4, 0);
  return bytes;
}

/** What became of a frame on a connection of its own, which ends when the broker has read it. */
function fateOf(frame: Buffer): Promise<'answered' | 'not answered'> {
  return new Promise((resolve) => {
    const socket = connect({ port: kafka.broker.port, host: '127.0.0.1' });
    let answered = false;
    socket.on('data', () => {
      answered = true;
    });
    socket.on('error', () => {});
    socket.on('close', () => resolve(answered ? 'answered' : 'not answered'));
    socket.end(frame);
  });
}

test('20,000 mutated frames leave the broker serving, with what it had and nothing broken', async () => {
  await produceTexts(kafka.client, ['before', 'before'], { topic: 'untouched' });
  const random = seededRandom(seed);
  let answered = 0;
  const lane = async (count: number) => {
    for (let sent = 0; sent < count; sent++) {
      const frame = mutate(corpus[Math.floor(random() * corpus.length)]!, random);
      if ((await fateOf(frame)) === 'answered') answered += 1;
    }
  };
  await Promise.all(Array.from({ length: lanes }, () => lane(frames / lanes)));
  // The mutations must do what they are for: many frames refused, many understood.
  expect(answered).toBeGreaterThan(frames / 5);
  expect(kafka.log.length).toBeGreaterThan(frames / 5);
  // A mutated request may well mean something, so what nobody named must be as it was.
  const { records } = await fetchPartition(kafka.client, { topic: 'untouched' });
  expect(recordsIn(records).map(({ offset }) => offset)).toEqual([0, 1]);
  expect(await produceTexts(kafka.client, ['after'], { topic: 'untouched' })).toMatchObject({ baseOffset: 2 });
  const refusals = ['EVENTBUS_BROKER_FRAME_MALFORMED', 'EVENTBUS_BROKER_FRAME_TOO_LARGE'];
  expect(kafka.log.filter(({ code }) => !refusals.includes(code ?? ''))).toEqual([]);
}, 120_000);
