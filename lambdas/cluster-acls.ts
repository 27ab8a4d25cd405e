import { setTimeout } from 'node:timers/promises';
import { makeClusterAcls } from '../src/kafka/access-provisioning.ts';
import { makeAccessAdmin } from '../src/kafka/access-rules.ts';
import { connectionFromEnvironment } from '../src/kafka/connection.ts';

export const handler = makeClusterAcls({
  openAdmin: () => makeAccessAdmin({ connection: connectionFromEnvironment(process.env), clientId: 'cluster-acls' }),
  wait: () => setTimeout(15_000),
});
