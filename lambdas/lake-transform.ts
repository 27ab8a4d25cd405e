import { topicNamed } from '../src/catalogue/lookup.ts';
import { makeCodec } from '../src/codec/codec.ts';
import { schemaIdsFromEnvironment } from '../src/codec/schema-ids.ts';
import { makeLakeTransform } from '../src/consumers/lake-transform/handler.ts';

export const handler = makeLakeTransform({
  codec: makeCodec(schemaIdsFromEnvironment(process.env)),
  subjectOf: (topic) => topicNamed(topic)?.subject,
});
