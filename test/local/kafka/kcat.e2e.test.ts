import { spawn, spawnSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type EmbeddedKafka, startEmbeddedKafka } from '../../../src/local/kafka/start.ts';
import { temporaryDirectory } from '../../make/temporary-directory.ts';
import { wireClient } from '../../make/wire-client.ts';
import { createTopic } from './requests.ts';

const installed = spawnSync('kcat', ['-V']).error === undefined;
const withKcat = installed ? describe : describe.skip;
const unless = installed ? '' : ' (skipped: kcat is not installed)';

const directory = temporaryDirectory();
let kafka: EmbeddedKafka;

beforeAll(async () => {
  kafka = await startEmbeddedKafka({ dataDir: directory.path });
  const client = await wireClient(kafka.port);
  for (const topic of ['plain', 'packed', 'once', 'grouped']) await createTopic(client, topic, { partitions: 5 });
  client.close();
});

afterAll(async () => {
  await kafka.close();
  directory.remove();
});

/** Runs kcat against the broker; its output, or an error with what it said. */
function kcat(options: readonly string[], input = ''): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn('kcat', [
      '-b',
      kafka.bootstrapServers,
      '-m',
      '20',
      ...(options[0] === '-C' || options[0] === '-G' ? ['-X', 'fetch.wait.max.ms=20'] : []),
      ...options,
    ]);
    let out = '';
    let complaint = '';
    child.stdout.on('data', (bytes) => void (out += bytes));
    child.stderr.on('data', (bytes) => void (complaint += bytes));
    child.on('error', reject);
    child.on('close', (code) => (code === 0 ? resolve(out) : reject(new Error(`kcat: ${code}: ${complaint}`))));
    // When kcat ends early, what it complained about is told, not the broken pipe.
    child.stdin.on('error', () => {});
    child.stdin.end(input);
  });
}

const lines = (prefix: string) => Array.from({ length: 300 }, (_, index) => `k${index}:${prefix} ${index}`);

withKcat(`kcat, unmodified,${unless}`, () => {
  test('lists brokers and topics (-L)', async () => {
    const listed = await kcat(['-L', '-J']);
    expect(JSON.parse(listed)).toMatchObject({
      brokers: [{ id: 1, name: kafka.bootstrapServers }],
      topics: expect.arrayContaining([expect.objectContaining({ topic: 'plain' })]),
    });
    await expect(kcat(['-L', '-t', 'nowhere'])).resolves.toContain('Unknown topic or partition');
  });

  test('produces (-P) and consumes (-C) batches of every compression', async () => {
    const codecs = ['none', 'gzip', 'snappy', 'lz4', 'zstd'];
    const got = await Promise.all(
      codecs.map(async (codec, index) => {
        const place = ['-t', 'packed', '-p', String(index)];
        await kcat(['-P', ...place, '-K', ':', '-z', codec], lines(codec).join('\n'));
        return (await kcat(['-C', ...place, '-e', '-q', '-o', 'beginning', '-K', ':'])).trimEnd().split('\n');
      }),
    );
    expect(got).toEqual(codecs.map(lines));
  });

  test('produces idempotently with headers, and reads them back with offsets and partition', async () => {
    await kcat(
      ['-P', '-t', 'once', '-p', '1', '-K', ':', '-H', 'ce_id=7', '-X', 'enable.idempotence=true', '-X', 'acks=all'],
      lines('once').join('\n'),
    );
    const got = await kcat(['-C', '-t', 'once', '-p', '1', '-e', '-q', '-f', '%p %o %h %k %s\n']);
    expect(got.trimEnd().split('\n')).toEqual(
      Array.from({ length: 300 }, (_, index) => `1 ${index} ce_id=7 k${index} once ${index}`),
    );
  });

  test('asks for offsets by time (-Q)', async () => {
    await kcat(['-P', '-t', 'plain', '-p', '0', '-K', ':'], lines('plain').join('\n'));
    expect(await kcat(['-Q', '-t', 'plain:0:-1'])).toContain('plain [0] offset 300');
    expect(await kcat(['-Q', '-t', 'plain:0:-2'])).toContain('plain [0] offset 0');
    expect(await kcat(['-Q', '-t', 'plain:0:1'])).toContain('plain [0] offset 0');
  });

  test('reads as a member of a group (-G), and goes on where the group stopped', async () => {
    await kcat(['-P', '-t', 'grouped', '-p', '0', '-K', ':'], lines('first').join('\n'));
    const read = () => kcat(['-G', 'readers', '-e', '-q', '-X', 'auto.offset.reset=earliest', 'grouped']);
    expect((await read()).trimEnd().split('\n')).toHaveLength(300);
    await kcat(['-P', '-t', 'grouped', '-p', '1', '-K', ':'], lines('second').join('\n'));
    const rest = (await read()).trimEnd().split('\n');
    expect(rest).toHaveLength(300);
    expect(rest[0]).toBe('second 0');
  });
});
