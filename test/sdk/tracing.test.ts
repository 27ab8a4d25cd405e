import { AsyncLocalStorage } from 'node:async_hooks';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type Context, context, createContextKey, propagation, ROOT_CONTEXT } from '@opentelemetry/api';
import type { BusEvent } from '../../src/sdk/bus-event.ts';
import { type TraceContext, traceHandling, tracePublish } from '../../src/sdk/tracing.ts';

const place = { type: 'photo.uploaded', id: 'e-1', topic: 'photo.events.v1', key: 'p-1' };
const event = { ...place, partition: 0, offset: 7, traceparent: '00-a-b-01', tracestate: 'v=1' } as unknown as BusEvent;
const traceKey = createContextKey('trace');

/** What an OpenTelemetry SDK registers, in its smallest form. */
beforeAll(() => {
  const storage = new AsyncLocalStorage<Context>();
  context.setGlobalContextManager({
    active: () => storage.getStore() ?? ROOT_CONTEXT,
    with: (...[inner, work, self, ...args]) => storage.run(inner, () => work.call(self, ...args)),
    bind: (_context, target) => target,
    enable: () => context as never,
    disable: () => context as never,
  });
  propagation.setGlobalPropagator({
    inject: (inner, carrier, setter) => {
      const trace = inner.getValue(traceKey) as TraceContext | undefined;
      for (const [name, value] of Object.entries(trace ?? {})) setter.set(carrier, name, value);
    },
    extract: (inner, carrier) => inner.setValue(traceKey, { ...(carrier as object) }),
    fields: () => ['traceparent', 'tracestate'],
  });
});

afterAll(() => {
  context.disable();
  propagation.disable();
});

const carriedBy = (given: TraceContext = {}) => tracePublish(place, given, async (carried) => carried);

test('what a handler publishes continues the trace of the event it handles', async () => {
  const carried = await traceHandling(event, 'group', () => carriedBy());
  expect(carried).toEqual({ traceparent: '00-a-b-01', tracestate: 'v=1' });
});

test('a trace context that is given goes before the active one', async () => {
  const carried = await traceHandling(event, 'group', () => carriedBy({ traceparent: '00-c-d-01' }));
  expect(carried).toEqual({ traceparent: '00-c-d-01' });
});

test('without a trace nothing is carried', async () => {
  expect(await carriedBy()).toEqual({ traceparent: undefined, tracestate: undefined });
});

test('a failure of the handler passes through as it is', async () => {
  const failure = new Error('no');
  await expect(traceHandling(event, 'group', () => Promise.reject(failure))).rejects.toBe(failure);
});
