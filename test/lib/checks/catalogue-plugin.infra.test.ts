import { expect, test } from '@jest/globals';
import { CataloguePlugin } from '../../../lib/checks/catalogue-plugin.ts';
import { type EnvironmentConfig, environments } from '../../../lib/config.ts';
import { catalogue } from '../../../src/catalogue/catalogue.ts';
import { schemas } from '../../../src/catalogue/schemas.generated.ts';

const ours = { catalogue, schemas };
const found = (config: EnvironmentConfig, declarations: ConstructorParameters<typeof CataloguePlugin>[1] = ours) =>
  new CataloguePlugin([config], declarations).validate().violations;

test('what this repository declares fits every environment', () => {
  expect(new CataloguePlugin(Object.values(environments), ours).validate()).toEqual({ success: true, violations: [] });
});

test('an environment that expects more than its brokers sustain is refused with the figures and the way out', () => {
  const [first] = found({ ...environments.prod, expectedEventsPerSecond: 100_000 });
  expect(first).toMatchObject({
    ruleName: 'capacity',
    severity: 'fatal',
    description: expect.stringMatching(/^ingress: 220 MB\/s needed for 100000 events\/s, 75 carried$/),
    fix: expect.stringContaining('choose larger brokers'),
    violatingResources: [{ constructPath: 'event-bus-prod-eu-central-1' }],
  });
});

test('a catalogue with a problem is refused with its path and fix', () => {
  const [first, ...others] = catalogue.topics;
  const broken = { ...catalogue, topics: [{ ...first, subject: 'Nothing' }, ...others] };
  expect(found(environments.dev, { catalogue: broken, schemas })).toContainEqual(
    expect.objectContaining({
      ruleName: 'catalogue',
      description: expect.stringContaining(`topics[${first.name}].subject`),
    }),
  );
});

test('a personal topic that would be copied to another legal area is refused', () => {
  const { replica } = environments['prod-eu'];
  if (replica === undefined) throw new Error('prod-eu has a replica');
  const config = { ...environments['prod-eu'], replica: { ...replica, region: 'eu-west-2' as const } };
  expect(found(config)).toContainEqual(
    expect.objectContaining({ ruleName: 'catalogue', description: expect.stringContaining('order-events') }),
  );
});
