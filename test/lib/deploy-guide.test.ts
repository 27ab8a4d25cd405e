import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { environments } from '../../lib/config.ts';
import { prerequisiteSecrets, prerequisites } from '../../lib/prerequisites.ts';

const guide = readFileSync(join(import.meta.dirname, '..', '..', 'docs', 'deploy.md'), 'utf8');

test.each([...Object.values(prerequisites), ...Object.values(prerequisiteSecrets)].map(({ name }) => name))(
  'the guide to deploying tells of the prerequisite %s',
  (name) => {
    expect(guide).toContain(name);
  },
);

test.each(Object.keys(environments))('the guide to deploying knows the environment %s', (name) => {
  expect(guide).toContain(`\`${name}\``);
});

test('trap 4: the guide names every right that a topic takes from the deploying role', () => {
  for (const action of ['Connect', 'CreateTopic', 'DescribeTopic', 'AlterTopic', 'AlterTopicDynamicConfiguration']) {
    expect(guide).toContain(action);
  }
});
