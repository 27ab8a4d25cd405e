import { type Connection, produceV9, produceV10, produceV11, ResponseError, Writer } from '@platformatic/kafka';

/** A sealed batch on its way to a partition. */
export interface BatchToSend {
  readonly topic: string;
  readonly partition: number;
  readonly bytes: Buffer;
}

/** What the leader says about one batch; `errorCode` 0 is the acknowledgement. */
export interface BatchAnswer {
  readonly topic: string;
  readonly partition: number;
  readonly errorCode: number;
  readonly errorMessage: string | null;
}

const produceKey = 0;
const waitForAllReplicas = -1;

/** Versions of the Produce API that share this request's layout. */
const versions = [
  { version: 11, parse: produceV11.parseResponse },
  { version: 10, parse: produceV10.parseResponse },
  { version: 9, parse: produceV9.parseResponse },
] as const;

export type ProduceVersion = (typeof versions)[number];

/** The newest version that a cluster offering `min` to `max` and this client share. */
export function produceVersion(min: number, max: number): ProduceVersion | undefined {
  return versions.find(({ version }) => version >= min && version <= max);
}

export interface ProduceOptions {
  readonly version: ProduceVersion;
  /** How long the leader may wait for its replicas, ms. */
  readonly timeoutMs: number;
}

/** Sends batches to the leader of their partitions; one answer a batch, in no order. Rejects when no answer came. */
export function produce(
  connection: Connection,
  batches: readonly BatchToSend[],
  { version, timeoutMs }: ProduceOptions,
): Promise<readonly BatchAnswer[]> {
  const { promise, resolve, reject } = Promise.withResolvers<readonly BatchAnswer[]>();
  connection.send<ReturnType<typeof version.parse>>(
    produceKey,
    version.version,
    () => produceBody(batches, timeoutMs),
    version.parse,
    true,
    true,
    (error, response) => {
      // The parser throws when any batch failed, with the whole answer inside.
      const answer = error instanceof ResponseError ? responseIn(error) : response;
      if (answer === undefined || answer === null)
        reject(error ?? new Error('the answer to a produce request is empty'));
      else resolve(answersIn(answer));
    },
  );
  return promise;
}

type ProduceResponse = ReturnType<typeof produceV11.parseResponse>;

function responseIn(error: Error): ProduceResponse | undefined {
  return 'response' in error ? (error.response as ProduceResponse) : undefined;
}

function answersIn(response: ProduceResponse): readonly BatchAnswer[] {
  return response.responses.flatMap(({ name, partitionResponses }) =>
    partitionResponses.map(({ index, errorCode, errorMessage }) => ({
      topic: name,
      partition: index,
      errorCode,
      errorMessage: errorMessage ?? null,
    })),
  );
}

/** Body of a Produce request, version 9 and later: transactional id, acks, timeout, batches by topic, tagged fields. */
function produceBody(batches: readonly BatchToSend[], timeoutMs: number): Writer {
  const topics = Map.groupBy(batches, ({ topic }) => topic);
  return Writer.create()
    .appendString(null)
    .appendInt16(waitForAllReplicas)
    .appendInt32(timeoutMs)
    .appendArray([...topics], (writer, [topic, ofTopic]) => {
      writer.appendString(topic).appendArray(ofTopic, (inner, { partition, bytes }) => {
        inner
          .appendInt32(partition)
          .appendUnsignedVarInt(bytes.length + 1)
          .append(bytes);
      });
    })
    .appendTaggedFields();
}
