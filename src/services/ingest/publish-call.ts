import type { handleUnaryCall, ServerUnaryCall } from '@grpc/grpc-js';
import { AppError } from '../../core/errors/app-error.ts';
import { type CallContext, noteRejections, store } from './call-context.ts';
import { callError, statusOf } from './call-status.ts';
import type { PublishRequest, PublishResponse } from './messages.ts';

type Call = ServerUnaryCall<PublishRequest, PublishResponse>;

/** The unary call: one request, answered when the log has its records. */
export function publishCall(context: CallContext): handleUnaryCall<PublishRequest, PublishResponse> {
  return (call, callback) => {
    context.activity.begin();
    publish(context, call)
      .then((response) => callback(null, response))
      .catch((error: unknown) => {
        const coded = callError(error);
        context.refusals.refuse(coded, { peer: call.getPeer() });
        callback(statusOf(coded));
      })
      .finally(() => context.activity.end());
  };
}

async function publish(context: CallContext, call: Call): Promise<PublishResponse> {
  if (context.activity.closing) throw new AppError('EVENTBUS_INGEST_CLOSING', 'the request was not taken');
  const deadlineMs = Number(call.getDeadline());
  if (call.cancelled || deadlineMs <= Date.now()) {
    throw new AppError('EVENTBUS_INGEST_DEADLINE_PASSED', 'nothing was done for the request');
  }
  const caller = context.identify(call);
  if (caller instanceof AppError) throw caller;
  const intake = context.intake(call.request, caller);
  noteRejections(context, intake, call);
  if (!context.budget.tryTake(intake.bytes)) {
    throw new AppError('EVENTBUS_INGEST_OVERLOADED', `${context.budget.used} bytes wait`);
  }
  try {
    return await store(context, intake);
  } finally {
    context.budget.give(intake.bytes);
  }
}
