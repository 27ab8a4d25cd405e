import { expect, test } from '@jest/globals';
import { catalogue } from '../../src/catalogue/catalogue.ts';
import { dayMs } from '../../src/catalogue/duration.ts';
import { schemas } from '../../src/catalogue/schemas.generated.ts';
import { requireSoundCatalogue } from '../../src/core/sound-catalogue.ts';
import { context, makeCatalogue, makeTopic } from '../catalogue/check/make-catalogue.ts';

test('the shipped catalogue is sound', () => {
  expect(() => requireSoundCatalogue(catalogue, { schemas, clusterMaxRetentionMs: 90 * dayMs })).not.toThrow();
});

test('an unsound catalogue is refused with every problem of topics and schemas, each with its fix', () => {
  const unsound = makeCatalogue({ topics: [makeTopic({ partitions: 0 })] });
  expect(() => requireSoundCatalogue(unsound, context)).toThrow(
    expect.objectContaining({
      code: 'EVENTBUS_CATALOGUE_INVALID',
      message: expect.stringMatching(
        /topics\[test\.thing\.v1\]\.partitions: 0 is not .+ Choose a value from 1 to 1000\.[^]+schemas\/Thing\/v1: Thing\.thingId: there is no doc/,
      ),
    }),
  );
});
