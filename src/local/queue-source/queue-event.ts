import { sizeGroups } from '../../core/size-groups.ts';

/** A message as `ReceiveMessage` answers it with all attributes. */
export interface ReceivedMessage {
  readonly MessageId: string;
  readonly ReceiptHandle: string;
  readonly Body: string;
  readonly MD5OfBody: string;
  readonly Attributes?: Readonly<Record<string, string>>;
  readonly MessageAttributes?: Readonly<Record<string, ReceivedAttribute>>;
}

interface ReceivedAttribute {
  readonly DataType: string;
  readonly StringValue?: string;
  readonly BinaryValue?: string;
}

/** Lambda's limit of a synchronous invocation, which ends a batch early. */
const maxEventBytes = 6 * 1_048_576;
/** What a message takes beside its body. */
const messageOverheadBytes = 1_000;

/** The event that Lambda's SQS event source hands to a function. */
export function sqsEvent(queueName: string, messages: readonly ReceivedMessage[]): object {
  return {
    Records: messages.map((message) => ({
      messageId: message.MessageId,
      receiptHandle: message.ReceiptHandle,
      body: message.Body,
      attributes: message.Attributes ?? {},
      messageAttributes: Object.fromEntries(
        Object.entries(message.MessageAttributes ?? {}).map(([name, attribute]) => [name, attributeOf(attribute)]),
      ),
      md5OfBody: message.MD5OfBody,
      eventSource: 'aws:sqs',
      eventSourceARN: `arn:aws:sqs:eu-west-1:000000000000:${queueName}`,
      awsRegion: 'eu-west-1',
    })),
  };
}

/** Names of attributes begin with a small letter in events, and lists of values are there, empty. */
function attributeOf({ DataType, StringValue, BinaryValue }: ReceivedAttribute) {
  return {
    ...(StringValue === undefined ? {} : { stringValue: StringValue }),
    ...(BinaryValue === undefined ? {} : { binaryValue: BinaryValue }),
    stringListValues: [],
    binaryListValues: [],
    dataType: DataType,
  };
}

/** Parts messages into batches whose events stay below Lambda's limit. */
export function batchesOf(messages: readonly ReceivedMessage[]): Iterable<readonly ReceivedMessage[]> {
  const sizeOf = ({ Body }: ReceivedMessage) => Buffer.byteLength(JSON.stringify(Body)) + messageOverheadBytes;
  return sizeGroups(messages, sizeOf, { maxSize: maxEventBytes });
}

/** Ids of the messages to deliver again; `null` for an answer that Lambda takes for a failure of the whole batch. */
export function failedIds(answer: unknown, messages: readonly ReceivedMessage[]): ReadonlySet<string> | null {
  const failures = (answer as { readonly batchItemFailures?: unknown } | null | undefined)?.batchItemFailures;
  if (failures === undefined || failures === null) return new Set();
  if (!Array.isArray(failures)) return null;
  const known = new Set(messages.map(({ MessageId }) => MessageId));
  const ids = (failures as readonly { readonly itemIdentifier?: unknown }[]).map((failure) => failure?.itemIdentifier);
  return ids.every((id) => typeof id === 'string' && known.has(id)) ? new Set(ids as readonly string[]) : null;
}
