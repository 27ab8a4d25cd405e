// A realtime gateway in a process of its own, told by JSON in its first argument; sends its address to its parent.
import { makeCodec } from '../../../src/codec/codec.ts';
import { localTrust } from '../../../src/local/auth/local-issuer.ts';
import { makeTokenVerifier } from '../../../src/services/auth/token-verifier.ts';
import { startRealtimeGateway } from '../../../src/services/realtime/gateway.ts';
import type { RealtimeLimits } from '../../../src/services/realtime/limits.ts';
import { makeMemoryStore } from '../../../src/services/realtime/store.memory.ts';

export interface GatewayTask {
  readonly bootstrapServers: string;
  /** Folder of the issuer's keys. */
  readonly auth: string;
  readonly port: number;
  readonly limits?: Partial<RealtimeLimits>;
}

const task = JSON.parse(process.argv[2] ?? '{}') as GatewayTask;
const complain = (_: unknown, text: string) => void process.stderr.write(`${text}\n`);
const gateway = await startRealtimeGateway({
  host: '127.0.0.1',
  port: task.port,
  connection: { bootstrapServers: task.bootstrapServers },
  codec: makeCodec(),
  verifier: makeTokenVerifier(localTrust(task.auth)),
  store: makeMemoryStore(),
  origins: [],
  log: { info: () => {}, warn: complain, error: complain } as never,
  limits: task.limits ?? {},
});
process.send?.({ url: gateway.url });
// What the gateway has done, for whoever asks.
process.on('message', () => process.send?.({ counters: gateway.counters(), cpu: process.cpuUsage() }));
process.on('disconnect', () => process.exit());
