/** An error of the SQS JSON protocol. */
export class SqsError extends Error {
  /** Name of the shape, such as `QueueDoesNotExist`. */
  readonly type: string;
  /** The same error's code in the older query protocol, which SDKs still show. */
  readonly queryCode: string;

  constructor(type: string, message: string, queryCode: string = type) {
    super(message);
    this.name = 'SqsError';
    this.type = type;
    this.queryCode = queryCode;
  }
}

export function noSuchQueue(name: string): SqsError {
  const message = `The specified queue does not exist: ${name}.`;
  return new SqsError('QueueDoesNotExist', message, 'AWS.SimpleQueueService.NonExistentQueue');
}

export function invalidValue(what: string): SqsError {
  return new SqsError('InvalidParameterValue', `One or more parameters are invalid. Reason: ${what}`);
}
