import { describe, expect, test } from '@jest/globals';
import { catalogue } from '../../../src/catalogue/catalogue.ts';
import { readTopic, readTopics, type TopicReader } from '../../../src/cli/topics/read-topics.ts';
import { topicView } from '../../../src/cli/topics/topic-view.ts';
import { topicsView } from '../../../src/cli/topics/topics-view.ts';
import { codedRejectionOf } from '../../make/coded-error.ts';

const partition = (number: number, start: number, end: number) => ({ partition: number, start, end });
const lag = (topic: string, number: number, [committed, end]: readonly [number, number]) => ({
  topic,
  partition: number,
  committed,
  end,
  lagRecords: end - committed,
});

const contents: Readonly<Record<string, readonly ReturnType<typeof partition>[]>> = {
  alerts: [partition(0, 10, 1510), partition(1, 0, 4)],
  'their.topic': [partition(0, 0, 7)],
};

const cluster: TopicReader = {
  topicNames: async () => Object.keys(contents),
  listTopics: async (names = Object.keys(contents)) =>
    names.map((name) => ({ name, partitions: contents[name] ?? [] })),
  topicConfigs: async () => ({ 'retention.ms': '604800000', 'cleanup.policy': 'delete' }),
  listGroups: async () => [
    { group: 'pager', state: 'STABLE' },
    { group: 'elsewhere', state: 'EMPTY' },
  ],
  groupLag: async (group) =>
    group === 'pager'
      ? [lag('alerts', 0, [1500, 1510]), lag('alerts', 1, [4, 4]), lag('their.topic', 0, [0, 7])]
      : [lag('their.topic', 0, [7, 7])],
};

describe('the list of topics', () => {
  test('joins the cluster with the catalogue and counts records from start to end', async () => {
    const rows = await readTopics(cluster);
    expect(rows).toHaveLength(catalogue.topics.length + 1);
    expect(rows.find(({ name }) => name === 'alerts')).toMatchObject({ partitions: 2, records: 1504 });
    expect(rows.find(({ name }) => name === 'order-events')).toMatchObject({ partitions: null, records: null });
    expect(rows.at(-1)).toMatchObject({ name: 'their.topic', declared: null, partitions: 1, records: 7 });
  });

  test('is a table with one line a topic, and says what either side lacks', async () => {
    const text = topicsView(await readTopics(cluster), true);
    const line = text.split('\n').find((row) => row.startsWith('alerts '));
    expect(line?.split(/ {2,}/)).toEqual([
      'alerts',
      'mobility',
      '2 / 12',
      '1,504',
      '30 d',
      'deviceId',
      'internal',
      'Alert',
    ]);
    expect(text).toContain(`${catalogue.topics.length - 1} topics of the catalogue are not on this cluster`);
    expect(text).toContain('1 topics are not in the catalogue');
  });
});

describe('one topic', () => {
  test('has schema, example, offsets, settings here and the lag of its groups only', async () => {
    const details = await readTopic(cluster, 'alerts', 0);
    expect(details.cluster).toMatchObject({ retentionMs: 604_800_000, cleanup: 'delete' });
    expect(details.cluster?.groups).toEqual([
      {
        group: 'pager',
        state: 'STABLE',
        lagRecords: 10,
        partitions: [lag('alerts', 0, [1500, 1510]), lag('alerts', 1, [4, 4])],
      },
    ]);
    const text = topicView(details, undefined);
    expect(text).toContain('partitions   2 here, 12 in the catalogue');
    expect(text).toContain('30 d; here 7 d');
    expect(text).toMatch(
      /^deviceId {2,}string {2,}refused {2,}Vehicle, turbine or station concerned; the record key\.$/m,
    );
    expect(text).toMatch(/^pager {2,}stable {2,}10 {2,}0: 10$/m);
    expect(text).toContain(JSON.stringify(details.schema?.example));
  });

  test('fits its meanings to the width of the terminal', async () => {
    const text = topicView(await readTopic(cluster, 'alerts', 0), 100);
    const fields = text.slice(text.indexOf('Fields of'), text.indexOf('An event'));
    expect(Math.max(...fields.split('\n').map((line) => line.length))).toBeLessThanOrEqual(100);
    expect(fields).toContain('maintenance_required');
  });

  test('that is not in the catalogue shows what the cluster knows', async () => {
    const details = await readTopic(cluster, 'their.topic', 0);
    expect(details).toMatchObject({ declared: null, schema: null });
    expect(topicView(details, undefined)).toMatch(/^records {2,}7$/m);
  });

  test('that is not on the cluster shows its schema and says so', async () => {
    const text = topicView(await readTopic(cluster, 'order-events', 0), undefined);
    expect(text).toContain('not on this cluster');
    expect(text).toContain('itemsMinor');
  });

  test('that nobody knows is refused with names close to it, from both sides', async () => {
    const error = await codedRejectionOf(readTopic(cluster, 'their.topics', 0));
    expect(error.code).toBe('EVENTBUS_CLI_TOPIC_UNKNOWN');
    expect(error.message).toContain('(did you mean "their.topic"?)');
  });
});
