/** A Kafka server that acknowledges produce requests without looking at their records: the ceiling for a broker. */
import { createServer } from 'node:net';
import { parentPort } from 'node:worker_threads';
import { apiVersionsApi } from '../../src/local/kafka/apis/api-versions.ts';
import { metadataApi } from '../../src/local/kafka/apis/metadata.ts';
import { produceApi } from '../../src/local/kafka/apis/produce.ts';
import { Frames } from '../../src/local/kafka/network/frames.ts';
import { readHeader, serverCodec } from '../../src/local/kafka/protocol/message.ts';
import { Reader } from '../../src/local/kafka/protocol/reader.ts';

const versions = serverCodec(apiVersionsApi);
const metadata = serverCodec(metadataApi);
const produce = serverCodec(produceApi);
const served = [apiVersionsApi, metadataApi, produceApi];
let port = 0;

const apiKeys = served.map(({ key, minVersion, maxVersion }) => ({ apiKey: key, minVersion, maxVersion }));

const partition = (index: number) => ({
  errorCode: 0,
  index,
  leaderId: 1,
  leaderEpoch: 0,
  replicaNodes: [1],
  isrNodes: [1],
  offlineReplicas: [],
});

const topic = (name: string | null) => ({
  errorCode: 0,
  name,
  topicId: '00000000-0000-4000-8000-000000000001',
  isInternal: false,
  partitions: Array.from({ length: 8 }, (_, index) => partition(index)),
  authorizedOperations: 0,
});

function answer(frame: Buffer): readonly Buffer[] {
  const reader = new Reader(frame);
  const header = readHeader(reader);
  const version = header.apiVersion;
  if (header.apiKey === apiVersionsApi.key) {
    return versions.writeResponse(header, version, { errorCode: 0, apiKeys, throttleTimeMs: 0 });
  }
  if (header.apiKey === metadataApi.key) {
    const names = metadata.readRequest(reader, version).topics ?? [];
    return metadata.writeResponse(header, version, {
      throttleTimeMs: 0,
      brokers: [{ nodeId: 1, host: '127.0.0.1', port, rack: null }],
      clusterId: 'stub',
      controllerId: 1,
      topics: names.map(({ name }) => topic(name)),
      clusterAuthorizedOperations: 0,
    });
  }
  const { topics } = produce.readRequest(reader, version);
  return produce.writeResponse(header, version, {
    topics: topics.map(({ name, partitions }) => ({
      name,
      partitions: partitions.map(({ index }) => ({
        index,
        errorCode: 0,
        baseOffset: 0,
        logAppendTimeMs: -1,
        logStartOffset: 0,
        recordErrors: [],
        errorMessage: null,
      })),
    })),
    throttleTimeMs: 0,
  });
}

const server = createServer({ noDelay: true }, (socket) => {
  const frames = new Frames();
  socket.on('error', () => {});
  socket.on('data', (chunk: Buffer) => {
    frames.add(chunk);
    socket.cork();
    for (let length = frames.nextLength(); length !== undefined; length = frames.nextLength()) {
      const frame = frames.next(length);
      if (frame === undefined) break;
      for (const piece of answer(frame)) socket.write(piece);
    }
    socket.uncork();
  });
});
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  port = typeof address === 'object' && address !== null ? address.port : 0;
  parentPort?.postMessage(port, []);
});
