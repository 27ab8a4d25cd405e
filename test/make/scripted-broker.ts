import { createServer, type Socket } from 'node:net';
import { createServer as createTlsServer, type TlsOptions } from 'node:tls';
import { crc32c, Reader, readRecordsBatches, Writer } from '@platformatic/kafka';

/** What the broker does with a produce request: stores and answers, answers an error, or breaks the connection. */
export type ProduceStep =
  | { readonly kind: 'store' }
  | { readonly kind: 'answer'; readonly errorCode: number }
  | { readonly kind: 'break-before-storing' }
  | { readonly kind: 'break-after-storing' }
  | { readonly kind: 'hang' };

export interface ReceivedBatch {
  readonly topic: string;
  readonly partition: number;
  readonly bytes: Buffer;
}

export interface StoredRecord {
  readonly key: string | null;
  readonly value: string | null;
  readonly headers: readonly (readonly [string, string])[];
  readonly timestampMs: number;
}

export interface ScriptedBroker {
  readonly bootstrapServers: string;
  readonly port: number;
  /** Records in the order stored. */
  log(topic: string, partition: number): readonly StoredRecord[];
  /** Batches of every produce request received. */
  readonly requests: readonly (readonly ReceivedBatch[])[];
  close(): Promise<void>;
}

export interface BrokerScript {
  /** Partition counts by topic. */
  readonly topics: Readonly<Record<string, number>>;
  /** What to do with the nth produce request (from 0). @default store */
  readonly step?: (request: number, batches: readonly ReceivedBatch[]) => ProduceStep;
  /** Skips decoding and sequence checks, to measure clients. */
  readonly discard?: boolean;
  readonly port?: number;
  /** Speaks TLS, and calls itself localhost. */
  readonly tls?: TlsOptions;
  /** Versions of Produce to offer. @default 9 only */
  readonly produceVersions?: readonly [number, number];
}

/** A broker for one client's produce path: keeps records in memory, checks sequences, and fails as its script says. */
export async function startScriptedBroker(script: BrokerScript): Promise<ScriptedBroker> {
  const logs = new Map<string, StoredRecord[]>();
  const sequences = new Map<string, { next: number; last: number }>();
  const requests: ReceivedBatch[][] = [];
  const sockets = new Set<Socket>();
  let producerIds = 1000n;
  let port = 0;

  const store = (batch: ReceivedBatch): number => {
    if (script.discard) return 0;
    if (crc32c(batch.bytes.subarray(21)) !== batch.bytes.readUInt32BE(17)) return 2;
    const [head] = readRecordsBatches(Reader.from(batch.bytes));
    if (head === undefined) return 42;
    const place = `${batch.topic}/${batch.partition}`;
    const writer = `${place}/${head.producerId}`;
    const sequence = sequences.get(writer);
    if (sequence !== undefined && head.firstSequence === sequence.last) return 0;
    if (head.firstSequence !== (sequence?.next ?? 0)) return 45;
    sequences.set(writer, { next: head.firstSequence + head.records.length, last: head.firstSequence });
    const log = logs.get(place) ?? [];
    logs.set(place, log);
    for (const record of head.records) {
      log.push({
        key: record.key?.toString() ?? null,
        value: record.value?.toString() ?? null,
        headers: [...record.headers].map(([name, value]) => [String(name), String(value)] as const),
        timestampMs: Number(head.firstTimestamp + record.timestampDelta),
      });
    }
    return 0;
  };

  const onProduce = (reader: Reader, reply: (body: Writer) => void, socket: Socket) => {
    const batches = readProduce(reader);
    const step = script.step?.(requests.length, batches) ?? { kind: 'store' };
    if (!script.discard) requests.push(batches);
    if (step.kind === 'hang') return;
    if (step.kind === 'break-before-storing') {
      socket.destroy();
      return;
    }
    const codes = batches.map((batch) => (step.kind === 'answer' ? step.errorCode : store(batch)));
    if (step.kind === 'break-after-storing') socket.destroy();
    else reply(produceAnswer(batches, codes));
  };

  const answer = (request: Buffer, socket: Socket) => {
    const reader = Reader.from(request);
    const api = reader.readInt16();
    reader.readInt16();
    const correlationId = reader.readInt32();
    reader.readNullableString(false);
    reader.readTaggedFields();
    const reply = (body: Writer, tagged = true) => {
      const head = Writer.create().appendInt32(correlationId);
      if (tagged) head.appendTaggedFields();
      if (!socket.destroyed) socket.write(head.appendFrom(body).prependLength().buffer);
    };
    if (api === 18) reply(apiVersions(script.produceVersions ?? [9, 9]), false);
    else if (api === 3) reply(metadata(reader, script.topics, { host, port }));
    else if (api === 22)
      reply(
        Writer.create().appendInt32(0).appendInt16(0).appendInt64(producerIds++).appendInt16(0).appendTaggedFields(),
      );
    else if (api === 0) onProduce(reader, reply, socket);
    else socket.destroy();
  };

  const host = script.tls === undefined ? '127.0.0.1' : 'localhost';
  const accept = (socket: Socket) => {
    sockets.add(socket);
    socket.setNoDelay(true);
    let pending = Buffer.alloc(0);
    let chunks: Buffer[] = [];
    let held = 0;
    socket.on('error', () => {});
    socket.on('close', () => sockets.delete(socket));
    socket.on('data', (chunk) => {
      chunks.push(chunk);
      held += chunk.length;
      if (pending.length === 0 && chunks.length > 0) {
        const first = chunks[0] as Buffer;
        if (first.length >= 4 && held < first.readInt32BE(0) + 4) return;
      }
      pending = Buffer.concat(chunks);
      while (pending.length >= 4 && pending.length >= pending.readInt32BE(0) + 4) {
        const end = pending.readInt32BE(0) + 4;
        answer(pending.subarray(4, end), socket);
        pending = pending.subarray(end);
      }
      chunks = pending.length > 0 ? [pending] : [];
      held = pending.length;
      pending = Buffer.alloc(0);
    });
  };
  const server = script.tls === undefined ? createServer(accept) : createTlsServer(script.tls, accept);
  const { promise, resolve } = Promise.withResolvers<void>();
  server.listen(script.port ?? 0, '127.0.0.1', resolve);
  await promise;
  const address = server.address();
  port = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    port,
    bootstrapServers: `${host}:${port}`,
    log: (topic, partition) => logs.get(`${topic}/${partition}`) ?? [],
    requests,
    async close() {
      for (const socket of sockets) socket.destroy();
      const closed = Promise.withResolvers<void>();
      server.close(() => closed.resolve());
      await closed.promise;
    },
  };
}

function readProduce(reader: Reader): ReceivedBatch[] {
  reader.readNullableString();
  reader.readInt16();
  reader.readInt32();
  return reader
    .readArray((r) => {
      const topic = r.readString();
      return r.readArray((inner) => ({ topic, partition: inner.readInt32(), bytes: inner.readBytes() }));
    }, true)
    .flat();
}

function produceAnswer(batches: readonly ReceivedBatch[], codes: readonly number[]): Writer {
  const places = batches.map((batch, index) => ({ ...batch, errorCode: codes[index] as number }));
  return Writer.create()
    .appendArray([...Map.groupBy(places, ({ topic }) => topic)], (w, [topic, ofTopic]) => {
      w.appendString(topic).appendArray(ofTopic, (inner, { partition, errorCode }) => {
        inner
          .appendInt32(partition)
          .appendInt16(errorCode)
          .appendInt64(0n)
          .appendInt64(-1n)
          .appendInt64(0n)
          .appendArray([], () => {})
          .appendString(null);
      });
    })
    .appendInt32(0)
    .appendTaggedFields();
}

function apiVersions([min, max]: readonly [number, number]): Writer {
  const apis: readonly (readonly [number, number, number])[] = [
    [0, min, max],
    [3, 12, 12],
    [18, 0, 3],
    [22, 4, 4],
  ];
  return Writer.create()
    .appendInt16(0)
    .appendArray(apis as [number, number, number][], (w, [key, oldest, newest]) => {
      w.appendInt16(key).appendInt16(oldest).appendInt16(newest);
    })
    .appendInt32(0)
    .appendTaggedFields();
}

function metadata(
  reader: Reader,
  topics: Readonly<Record<string, number>>,
  at: { readonly host: string; readonly port: number },
): Writer {
  const names = reader.readNullableArray((r) => {
    r.readUUID();
    return r.readNullableString() ?? '';
  });
  const described = (names ?? []).map((name) => ({ name, partitions: topics[name] }));
  return Writer.create()
    .appendInt32(0)
    .appendArray([1], (w, nodeId) => {
      w.appendInt32(nodeId).appendString(at.host).appendInt32(at.port).appendString(null);
    })
    .appendString('scripted')
    .appendInt32(1)
    .appendArray(described, (w, { name, partitions }) => {
      w.appendInt16(partitions === undefined ? 3 : 0)
        .appendString(name)
        .appendUUID('00000000-0000-4000-8000-000000000001')
        .appendBoolean(false)
        .appendArray([...Array(partitions ?? 0).keys()], (inner, index) => {
          inner.appendInt16(0).appendInt32(index).appendInt32(1).appendInt32(0);
          for (const nodes of [[1], [1], []])
            inner.appendArray(nodes, (n, node) => void n.appendInt32(node), true, false);
        })
        .appendInt32(-2147483648);
    })
    .appendTaggedFields();
}
