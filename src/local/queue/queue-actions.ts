import type { Queue, QueueAttributes, QueueStore } from './queue-store.ts';
import type { Action, ActionSurroundings, Answer } from './sqs-actions.ts';
import { invalidValue, noSuchQueue, SqsError } from './sqs-error.ts';
import { numberField, objectField, type Parameters, textField } from './sqs-fields.ts';

/** Largest message, and largest sum of messages in a batch, that SQS takes. */
export const maxMessageBytes = 1_048_576;
/** Account in every embedded queue's URL and ARN. */
const account = '000000000000';
const namePattern = /^[A-Za-z0-9_-]{1,80}$/;

export function queueActions(around: ActionSurroundings): Record<string, Action> {
  const { store, clock, origin } = around;
  const urlOf = (name: string) => `${origin()}/${account}/${name}`;
  return {
    CreateQueue: (parameters) => {
      const name = textField(parameters, 'QueueName');
      createQueue(store, { name, wanted: attributesOf(name, objectField(parameters, 'Attributes') ?? {}) }, clock());
      return { QueueUrl: urlOf(name) };
    },
    DeleteQueue: (parameters) => {
      store.deleteQueue(queueOf(store, parameters).name);
      return {};
    },
    GetQueueUrl: (parameters) => {
      const name = textField(parameters, 'QueueName');
      if (store.queue(name) === null) throw noSuchQueue(name);
      return { QueueUrl: urlOf(name) };
    },
    ListQueues: (parameters) => {
      const prefix = parameters['QueueNamePrefix'];
      return { QueueUrls: store.queueNames(typeof prefix === 'string' ? prefix : '').map(urlOf) };
    },
    GetQueueAttributes: (parameters) => queueAttributes(store, parameters, clock()),
    PurgeQueue: (parameters) => {
      store.purge(queueOf(store, parameters).name);
      return {};
    },
  };
}

/** The queue that a request names by its URL; only the last part counts, so that URLs outlive a change of port. */
export function queueOf(store: QueueStore, parameters: Parameters): Queue {
  const url = textField(parameters, 'QueueUrl');
  const name = url.slice(url.lastIndexOf('/') + 1);
  const queue = store.queue(name);
  if (queue === null) throw noSuchQueue(name);
  return queue;
}

interface NewQueue {
  readonly name: string;
  readonly wanted: QueueAttributes;
}

function createQueue(store: QueueStore, { name, wanted }: NewQueue, nowMs: number): void {
  if (!namePattern.test(name)) {
    throw invalidValue(`QueueName "${name}" must be 1 to 80 of A-Z a-z 0-9 - _ (FIFO queues are not offered).`);
  }
  const existing = store.queue(name);
  if (existing === null) {
    store.createQueue(name, wanted, nowMs);
  } else if (JSON.stringify(existing.attributes) !== JSON.stringify(wanted)) {
    const message = `A queue already exists with the same name and a different value for an attribute: ${name}.`;
    throw new SqsError('QueueNameExists', message, 'QueueAlreadyExists');
  }
}

const offered = [
  'VisibilityTimeout',
  'MessageRetentionPeriod',
  'DelaySeconds',
  'ReceiveMessageWaitTimeSeconds',
  'MaximumMessageSize',
];

function attributesOf(name: string, given: Parameters): QueueAttributes {
  const unknown = Object.keys(given).find((attribute) => !offered.includes(attribute));
  if (unknown !== undefined) {
    const message = `Unknown Attribute ${unknown} of queue ${name}; the embedded queue has ${offered.join(', ')}.`;
    throw new SqsError('InvalidAttributeName', message);
  }
  const day = 86_400;
  return {
    visibilityTimeoutSeconds: numberField(given, 'VisibilityTimeout', { min: 0, max: 43_200, fallback: 30 }),
    retentionSeconds: numberField(given, 'MessageRetentionPeriod', { min: 60, max: 14 * day, fallback: 4 * day }),
    delaySeconds: numberField(given, 'DelaySeconds', { min: 0, max: 900, fallback: 0 }),
    receiveWaitSeconds: numberField(given, 'ReceiveMessageWaitTimeSeconds', { min: 0, max: 20, fallback: 0 }),
    maxMessageBytes: numberField(given, 'MaximumMessageSize', {
      min: 1_024,
      max: maxMessageBytes,
      fallback: maxMessageBytes,
    }),
  };
}

function queueAttributes(store: QueueStore, parameters: Parameters, nowMs: number): Answer {
  const { name, attributes, createdAtMs } = queueOf(store, parameters);
  const depth = store.depth(name, nowMs);
  const all: Readonly<Record<string, string>> = {
    QueueArn: `arn:aws:sqs:local:${account}:${name}`,
    CreatedTimestamp: String(Math.floor(createdAtMs / 1000)),
    LastModifiedTimestamp: String(Math.floor(createdAtMs / 1000)),
    VisibilityTimeout: String(attributes.visibilityTimeoutSeconds),
    MessageRetentionPeriod: String(attributes.retentionSeconds),
    DelaySeconds: String(attributes.delaySeconds),
    ReceiveMessageWaitTimeSeconds: String(attributes.receiveWaitSeconds),
    MaximumMessageSize: String(attributes.maxMessageBytes),
    ApproximateNumberOfMessages: String(depth.visible),
    ApproximateNumberOfMessagesNotVisible: String(depth.inFlight),
    ApproximateNumberOfMessagesDelayed: String(depth.delayed),
  };
  const names = parameters['AttributeNames'];
  const wanted: readonly unknown[] = Array.isArray(names) ? names : [];
  if (wanted.includes('All')) return { Attributes: all };
  const unknown = wanted.find((attribute) => typeof attribute !== 'string' || !Object.hasOwn(all, attribute));
  if (unknown !== undefined)
    throw new SqsError('InvalidAttributeName', `Unknown Attribute ${JSON.stringify(unknown)}.`);
  return { Attributes: Object.fromEntries(Object.entries(all).filter(([attribute]) => wanted.includes(attribute))) };
}
