import {
  type Attributes,
  context,
  propagation,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  trace,
} from '@opentelemetry/api';
import type { BusEvent } from './bus-event.ts';

/** W3C trace context as it stands in record headers. */
export interface TraceContext {
  readonly traceparent?: string | undefined;
  readonly tracestate?: string | undefined;
}

const tracerName = '@shared-infra/event-bus';

/** What a span of publishing says. */
export interface PublishedPlace {
  readonly type: string;
  readonly id: string;
  readonly topic: string;
  readonly key: string;
}

/**
 * Runs the sending of an event in a span of its own, and hands it the trace context for the headers. Without an
 * OpenTelemetry SDK there is no span and, unless `given`, no context.
 */
export function tracePublish<T>(
  { type, id, topic, key }: PublishedPlace,
  given: TraceContext,
  send: (carried: TraceContext) => Promise<T>,
): Promise<T> {
  const attributes = {
    ...messaging(topic, id),
    'messaging.operation.type': 'send',
    'messaging.kafka.message.key': key,
  };
  return inSpan(`send ${type}`, { kind: SpanKind.PRODUCER, attributes }, () => {
    if (given.traceparent !== undefined) return send(given);
    const carrier: Record<string, string> = {};
    propagation.inject(context.active(), carrier);
    return send({ traceparent: carrier['traceparent'], tracestate: carrier['tracestate'] });
  });
}

/** Runs a handler in a span that continues the trace of whoever published the event. */
export function traceHandling<T>(event: BusEvent, group: string, handle: () => Promise<T>): Promise<T> {
  const { traceparent, tracestate, topic, id, type, partition, offset } = event;
  const carrier = { ...(traceparent && { traceparent }), ...(tracestate && { tracestate }) };
  const attributes = {
    ...messaging(topic, id),
    'messaging.operation.type': 'process',
    'messaging.consumer.group.name': group,
    'messaging.destination.partition.id': String(partition),
    'messaging.kafka.offset': offset,
  };
  return context.with(propagation.extract(ROOT_CONTEXT, carrier), () =>
    inSpan(`process ${type}`, { kind: SpanKind.CONSUMER, attributes }, handle),
  );
}

function messaging(topic: string, id: string): Attributes {
  return { 'messaging.system': 'kafka', 'messaging.destination.name': topic, 'messaging.message.id': id };
}

function inSpan<T>(
  name: string,
  options: { readonly kind: SpanKind; readonly attributes: Attributes },
  work: () => Promise<T>,
): Promise<T> {
  return trace.getTracer(tracerName).startActiveSpan(name, options, async (span) => {
    try {
      return await work();
    } catch (error) {
      span.recordException(error instanceof Error ? error : String(error));
      span.setStatus({ code: SpanStatusCode.ERROR });
      throw error;
    } finally {
      span.end();
    }
  });
}
