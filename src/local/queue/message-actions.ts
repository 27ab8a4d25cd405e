import { attributesMd5, type MessageAttribute, md5 } from './message-digest.ts';
import { maxMessageBytes, queueOf } from './queue-actions.ts';
import type { NewMessage, Queue, StoredMessage } from './queue-store.ts';
import type { Action, ActionSurroundings, Answer } from './sqs-actions.ts';
import { invalidValue, SqsError } from './sqs-error.ts';
import { batchEntries, numberField, objectField, type Parameters, textField } from './sqs-fields.ts';

/** Longest sleep of a long poll: messages become visible again without an announcement. */
const longPollStepMs = 250;

export function messageActions(around: ActionSurroundings): Record<string, Action> {
  const { store, clock } = around;
  const remove = (queue: Queue, parameters: Parameters) => {
    store.delete(queue.name, handleOf(parameters));
    return {};
  };
  const changeVisibility = (queue: Queue, parameters: Parameters) => {
    const seconds = numberField(parameters, 'VisibilityTimeout', { min: 0, max: 43_200, fallback: 30 });
    if (!store.changeVisibility(queue.name, handleOf(parameters), clock() + seconds * 1000)) {
      throw new SqsError(
        'MessageNotInflight',
        'The message is not in flight.',
        'AWS.SimpleQueueService.MessageNotInflight',
      );
    }
    around.announce(queue.name);
    return {};
  };
  return {
    SendMessage: (parameters) => {
      const queue = queueOf(store, parameters);
      const message = messageOf(queue, parameters);
      const [MessageId = ''] = store.send(queue.name, [message], clock());
      around.announce(queue.name);
      return { MessageId, ...digests(message) };
    },
    SendMessageBatch: (parameters) => sendBatch(around, parameters),
    ReceiveMessage: (parameters, listening) => receive(around, parameters, listening),
    DeleteMessage: (parameters) => remove(queueOf(store, parameters), parameters),
    DeleteMessageBatch: (parameters) => {
      const queue = queueOf(store, parameters);
      return eachEntry(parameters, (entry) => remove(queue, entry));
    },
    ChangeMessageVisibility: (parameters) => changeVisibility(queueOf(store, parameters), parameters),
    ChangeMessageVisibilityBatch: (parameters) => {
      const queue = queueOf(store, parameters);
      return eachEntry(parameters, (entry) => changeVisibility(queue, entry));
    },
  };
}

function sendBatch({ store, clock, announce }: ActionSurroundings, parameters: Parameters): Answer {
  const queue = queueOf(store, parameters);
  const entries = batchEntries(parameters);
  const total = entries.reduce((sum, entry) => sum + Buffer.byteLength(textField(entry, 'MessageBody')), 0);
  if (total > maxMessageBytes) {
    const message = `Batch requests cannot be longer than ${maxMessageBytes} bytes. You have sent ${total} bytes.`;
    throw new SqsError('BatchRequestTooLong', message, 'AWS.SimpleQueueService.BatchRequestTooLong');
  }
  const taken: { readonly id: string; readonly message: NewMessage }[] = [];
  const { Failed } = eachEntry(parameters, (entry) => {
    taken.push({ id: textField(entry, 'Id'), message: messageOf(queue, entry) });
    return {};
  });
  const ids = store.send(
    queue.name,
    taken.map(({ message }) => message),
    clock(),
  );
  announce(queue.name);
  const Successful = taken.map(({ id, message }, index) => ({
    Id: id,
    MessageId: ids[index],
    ...digests(message),
  }));
  return { Successful, Failed };
}

/** Runs one action for every entry; an entry that fails does not touch the others. */
function eachEntry(parameters: Parameters, run: (entry: Parameters) => Answer) {
  const Successful: Answer[] = [];
  const Failed: Answer[] = [];
  for (const entry of batchEntries(parameters)) {
    try {
      Successful.push({ Id: entry.Id, ...run(entry) });
    } catch (error) {
      if (!(error instanceof SqsError)) throw error;
      Failed.push({ Id: entry.Id, SenderFault: true, Code: error.queryCode, Message: error.message });
    }
  }
  return { Successful, Failed };
}

function messageOf({ attributes: queue }: Queue, parameters: Parameters): NewMessage {
  const body = textField(parameters, 'MessageBody');
  if (Buffer.byteLength(body) > queue.maxMessageBytes) {
    throw invalidValue(`Message must be shorter than ${queue.maxMessageBytes} bytes.`);
  }
  const at = forbiddenCharacter(body);
  if (at >= 0) {
    const code = body.charCodeAt(at).toString(16);
    throw new SqsError('InvalidMessageContents', `Invalid binary character '#x${code}' was found in the message body.`);
  }
  const attributes = objectField(parameters, 'MessageAttributes');
  return {
    body,
    attributes: attributes === null || Object.keys(attributes).length === 0 ? null : JSON.stringify(attributes),
    delaySeconds: numberField(parameters, 'DelaySeconds', { min: 0, max: 900, fallback: queue.delaySeconds }),
  };
}

/** Place of the first character that JSON can carry and SQS cannot, or -1. */
function forbiddenCharacter(body: string): number {
  for (let index = 0; index < body.length; index += 1) {
    const code = body.charCodeAt(index);
    if (code >= 0x20 && code < 0xfffe) continue;
    if (code !== 0x09 && code !== 0x0a && code !== 0x0d) return index;
  }
  return -1;
}

function digests({ body, attributes }: NewMessage): Answer {
  if (attributes === null) return { MD5OfMessageBody: md5(body) };
  return {
    MD5OfMessageBody: md5(body),
    MD5OfMessageAttributes: attributesMd5(JSON.parse(attributes) as Record<string, MessageAttribute>),
  };
}

async function receive(around: ActionSurroundings, parameters: Parameters, listening: () => boolean): Promise<Answer> {
  const { store, clock, arrival } = around;
  const { name, attributes } = queueOf(store, parameters);
  const max = numberField(parameters, 'MaxNumberOfMessages', { min: 1, max: 10, fallback: 1 });
  const wait = numberField(parameters, 'WaitTimeSeconds', { min: 0, max: 20, fallback: attributes.receiveWaitSeconds });
  const hide = { min: 0, max: 43_200, fallback: attributes.visibilityTimeoutSeconds };
  const hiddenMs = numberField(parameters, 'VisibilityTimeout', hide) * 1000;
  const until = clock() + wait * 1000;
  store.expire(name, clock() - attributes.retentionSeconds * 1000);
  for (;;) {
    // Messages handed to a caller that has gone would stay hidden for nothing.
    if (!listening()) return {};
    const now = clock();
    const found = store.receive(name, { max, visibleAtMs: now + hiddenMs }, now);
    if (found.length > 0) return { Messages: found.map((message) => shown(message, parameters)) };
    if (now >= until) return {};
    await arrival(name, Math.min(longPollStepMs, until - now));
  }
}

function shown(message: StoredMessage, parameters: Parameters): Answer {
  const wanted = [parameters['MessageSystemAttributeNames'], parameters['AttributeNames']].flat();
  const system: Readonly<Record<string, string>> = {
    SentTimestamp: String(message.sentAtMs),
    ApproximateReceiveCount: String(message.receiveCount),
    ApproximateFirstReceiveTimestamp: String(message.firstReceivedAtMs),
    SenderId: 'local',
  };
  const chosen = Object.entries(system).filter(([name]) => wanted.includes('All') || wanted.includes(name));
  return {
    MessageId: message.messageId,
    ReceiptHandle: message.receiptHandle,
    Body: message.body,
    MD5OfBody: md5(message.body),
    ...(chosen.length > 0 ? { Attributes: Object.fromEntries(chosen) } : {}),
    ...shownAttributes(message.attributes, parameters['MessageAttributeNames']),
  };
}

function shownAttributes(text: string | null, names: unknown): Answer {
  if (text === null || !Array.isArray(names)) return {};
  const all = names.includes('All') || names.includes('.*');
  const attributes = JSON.parse(text) as Record<string, MessageAttribute>;
  const chosen = Object.fromEntries(Object.entries(attributes).filter(([name]) => all || names.includes(name)));
  if (Object.keys(chosen).length === 0) return {};
  return { MessageAttributes: chosen, MD5OfMessageAttributes: attributesMd5(chosen) };
}

function handleOf(parameters: Parameters): string {
  const handle = textField(parameters, 'ReceiptHandle');
  if (/^\d+\.[0-9a-f-]{36}$/.test(handle)) return handle;
  throw new SqsError('ReceiptHandleIsInvalid', `The input receipt handle "${handle}" is not a valid receipt handle.`);
}
