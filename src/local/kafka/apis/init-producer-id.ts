import { wireError } from '../protocol/error-codes.ts';
import type { Api } from '../protocol/message.ts';
import { int16, int32, int64, nullableString } from '../protocol/primitives.ts';
import { since, struct, type ValueOf } from '../protocol/schema.ts';
import { serve } from './serve.ts';

const request = struct({
  transactionalId: nullableString,
  transactionTimeoutMs: int32,
  producerId: since(3, int64, -1),
  producerEpoch: since(3, int16, -1),
});

const response = struct({ throttleTimeMs: int32, errorCode: int16, producerId: int64, producerEpoch: int16 });

export const initProducerIdApi: Api<ValueOf<typeof request>, ValueOf<typeof response>> = {
  key: 22,
  name: 'InitProducerId',
  minVersion: 0,
  maxVersion: 5,
  flexibleFrom: 2,
  request,
  response,
};

export const initProducerId = serve(initProducerIdApi, ({ transactionalId }, { broker }) => {
  if (transactionalId !== null) {
    return { throttleTimeMs: 0, errorCode: wireError.invalidRequest, producerId: -1, producerEpoch: -1 };
  }
  return {
    throttleTimeMs: 0,
    errorCode: wireError.none,
    producerId: broker.nextProducerId(),
    producerEpoch: 0,
  };
});
