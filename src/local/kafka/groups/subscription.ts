import { string } from '../protocol/primitives.ts';
import { Reader } from '../protocol/reader.ts';
import { array } from '../protocol/schema.ts';

const topics = array(string).codec(0, false)!;

/** The topics in a consumer's subscription (version, topics, …); undefined when the bytes are something else. */
export function subscribedTopics(metadata: Buffer): readonly string[] | undefined {
  try {
    const reader = new Reader(metadata);
    reader.int16();
    return topics.read(reader);
  } catch {
    return undefined;
  }
}
