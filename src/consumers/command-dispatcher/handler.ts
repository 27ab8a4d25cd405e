import type { DeviceDownlink } from '../../ports/device-downlink/device-downlink.ts';
import { tellOfSetAside } from '../../postgres/set-aside.ts';
import type { BatchHandler } from '../batch/handler.ts';
import { makeDeclaredHandler } from '../declared-handler.ts';
import type { Runtime } from '../runtime.ts';
import { commandDispatcher, makeDispatcherProcessor } from './processor.ts';

/** Commands and vehicles' replies in; messages to vehicles, steps and audit entries out. */
export function makeCommandDispatcher(runtime: Omit<Runtime, 'close'>, downlink: DeviceDownlink): BatchHandler {
  const { codec, log, pool, publisher } = runtime;
  return makeDeclaredHandler(
    commandDispatcher,
    runtime,
    makeDispatcherProcessor({
      pool,
      codec,
      publisher,
      downlink,
      log,
      clock: Date.now,
      onSetAside: tellOfSetAside(log),
    }),
  );
}
