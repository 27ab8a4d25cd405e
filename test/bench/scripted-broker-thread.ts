import { parentPort } from 'node:worker_threads';
import { startScriptedBroker } from '../make/scripted-broker.ts';

/** A broker that acknowledges without storing, in a thread of its own: the ceiling for a publisher. */
const broker = await startScriptedBroker({ topics: { bench: 24 }, discard: true });
parentPort?.postMessage(broker.bootstrapServers, []);
