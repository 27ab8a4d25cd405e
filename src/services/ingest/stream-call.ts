import type { handleBidiStreamingCall, ServerDuplexStream } from '@grpc/grpc-js';
import { AppError } from '../../core/errors/app-error.ts';
import { type CallContext, noteRejections, store } from './call-context.ts';
import { callError, statusOf } from './call-status.ts';
import type { Caller } from './intake.ts';
import type { PublishResponse, StreamTelemetryRequest, StreamTelemetryResponse } from './messages.ts';

type Call = ServerDuplexStream<StreamTelemetryRequest, StreamTelemetryResponse>;

/** The streaming call. Returns the handler, and a function that brings every open stream to its end. */
export function streamCalls(context: CallContext): {
  readonly handler: handleBidiStreamingCall<StreamTelemetryRequest, StreamTelemetryResponse>;
  readonly stopAll: () => void;
} {
  const open = new Set<TelemetryStream>();
  return {
    handler: (call) => {
      const stream = new TelemetryStream(context, call);
      open.add(stream);
      context.activity.streams += 1;
      stream.run(() => {
        open.delete(stream);
        context.activity.streams -= 1;
      });
    },
    stopAll: () => {
      for (const stream of open) stream.stop();
    },
  };
}

/** One stream: reads while few requests wait for the log, answers each when the log has it. */
class TelemetryStream {
  readonly #context: CallContext;
  readonly #call: Call;
  readonly #caller: Caller | AppError;
  #position = 0;
  #inFlight = 0;
  /** True when no further request will be read. */
  #ended = false;
  #failure: AppError | undefined;
  #finished = false;
  #onFinished: () => void = () => {};

  constructor(context: CallContext, call: Call) {
    this.#context = context;
    this.#call = call;
    this.#caller = context.identify(call);
  }

  run(onFinished: () => void): void {
    this.#onFinished = onFinished;
    const call = this.#call;
    call.on('data', (message: StreamTelemetryRequest) => this.#receive(message));
    call.on('drain', () => this.#readOn());
    call.on('end', () => {
      this.#ended = true;
      this.#finishIfDone();
    });
    call.on('cancelled', () => this.#finish());
    call.on('error', () => this.#finish());
    if (this.#caller instanceof AppError) this.#fail(this.#caller);
    if (this.#context.activity.closing) this.stop();
  }

  /** Reads no more, answers what was read, then ends with UNAVAILABLE: the client connects elsewhere and goes on. */
  stop(): void {
    this.#fail(new AppError('EVENTBUS_INGEST_CLOSING', 'requests without response were not taken'));
  }

  #receive(message: StreamTelemetryRequest): void {
    if (this.#ended || this.#call.cancelled) return;
    const position = this.#position;
    this.#position += 1;
    this.#inFlight += 1;
    this.#context.activity.begin();
    if (this.#inFlight >= this.#context.maxInFlightPerStream) this.#call.pause();
    this.#answer(message, position)
      .catch((error: unknown) => this.#fail(callError(error)))
      .finally(() => {
        this.#inFlight -= 1;
        this.#context.activity.end();
        this.#readOn();
        this.#finishIfDone();
      });
  }

  async #answer({ request = {} }: StreamTelemetryRequest, position: number): Promise<void> {
    const response = await this.#store(request);
    if (this.#finished) return;
    const messageId = request.messageId;
    this.#call.write({ position, ...(messageId === undefined ? {} : { messageId }), ...response });
  }

  async #store(request: NonNullable<StreamTelemetryRequest['request']>): Promise<PublishResponse> {
    const intake = this.#take(request);
    if (!('records' in intake)) return intake;
    noteRejections(this.#context, intake, this.#call);
    const { budget } = this.#context;
    if (!budget.tryTake(intake.bytes)) {
      this.#call.pause();
      await budget.take(intake.bytes);
    }
    try {
      if (this.#finished) return { accepted: 0, rejected: [] };
      return await store(this.#context, intake);
    } finally {
      budget.give(intake.bytes);
    }
  }

  /** A request that is not usable as a whole is rejected without ending the stream. */
  #take(request: NonNullable<StreamTelemetryRequest['request']>) {
    try {
      if (this.#caller instanceof AppError) throw this.#caller;
      return this.#context.intake(request, this.#caller);
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      this.#context.refusals.refuse(error, { peer: this.#call.getPeer() });
      return { accepted: 0, rejected: [{ field: '', code: error.code, message: error.message }] };
    }
  }

  /** Reads on when the log and the client keep up with what was read. */
  #readOn(): void {
    const call = this.#call;
    if (this.#ended || call.writableNeedDrain || this.#inFlight >= this.#context.maxInFlightPerStream) return;
    if (call.isPaused()) call.resume();
  }

  #fail(error: AppError): void {
    if (this.#failure === undefined) this.#context.refusals.refuse(error, { peer: this.#call.getPeer() });
    this.#failure ??= error;
    this.#ended = true;
    this.#call.pause();
    this.#finishIfDone();
  }

  #finishIfDone(): void {
    if (this.#finished || !this.#ended || this.#inFlight > 0) return;
    const failure = this.#failure;
    this.#finish();
    if (failure === undefined) this.#call.end();
    else this.#call.emit('error', statusOf(failure));
  }

  #finish(): void {
    if (this.#finished) return;
    this.#finished = true;
    this.#ended = true;
    this.#onFinished();
  }
}
