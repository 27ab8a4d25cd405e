import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { AppError } from '../../core/errors/app-error.ts';

/** Calls one function with an event and returns its answer. */
export interface FunctionInvoker {
  /** @throws AppError EVENTBUS_REPLAY_FUNCTION when the function cannot be called, or fails */
  invoke(event: unknown, signal?: AbortSignal): Promise<unknown>;
  close(): void;
}

export interface InvokerOptions {
  /** Name or ARN. */
  readonly functionName: string;
  /** Endpoint of the functions of one machine; @default AWS, as the environment sets it up */
  readonly endpoint?: string | undefined;
}

/** Calls a function through Lambda's API: on AWS, or on the machine whose endpoint is given. */
export function makeFunctionInvoker({ functionName, endpoint }: InvokerOptions): FunctionInvoker {
  const local = { region: 'local', credentials: { accessKeyId: 'local', secretAccessKey: 'local' } };
  const client = new LambdaClient(endpoint === undefined ? {} : { endpoint, ...local });
  return {
    async invoke(event, signal) {
      const { FunctionError, Payload } = await send(
        new InvokeCommand({ FunctionName: functionName, Payload: bytesOf(event) }),
        signal,
      );
      const answer: unknown = JSON.parse(Payload?.transformToString() ?? 'null');
      if (FunctionError === undefined) return answer;
      const { errorType, errorMessage } = Object(answer) as { errorType?: string; errorMessage?: string };
      const what = `${functionName} failed: ${errorType ?? FunctionError}: ${errorMessage ?? 'no message'}`;
      throw new AppError('EVENTBUS_REPLAY_FUNCTION', what);
    },
    close: () => client.destroy(),
  };

  async function send(command: InvokeCommand, abortSignal?: AbortSignal) {
    try {
      return await client.send(command, abortSignal === undefined ? {} : { abortSignal });
    } catch (cause) {
      const { name, message } = cause as Error;
      throw new AppError('EVENTBUS_REPLAY_FUNCTION', `${functionName}: ${name}: ${message}`, { cause });
    }
  }
}

function bytesOf(event: unknown): Uint8Array {
  return Buffer.from(JSON.stringify(event));
}
