/** A broker that can be killed: prints its port, serves until the process ends. The argument is its data directory. */
import { openBroker } from '../../../src/local/kafka/broker.ts';

const broker = await openBroker({ dataDir: process.argv[2]! }, { log: () => {}, clock: Date.now });
process.stdout.write(`${broker.port}\n`);
