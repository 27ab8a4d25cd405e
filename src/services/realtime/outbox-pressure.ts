/** A socket of Socket.IO, of whose connection nothing is promised. */
interface Connected {
  readonly conn: unknown;
}

interface Queued {
  readonly writeBuffer?: readonly {
    readonly data?: unknown;
    readonly options?: { readonly wsPreEncodedFrame?: readonly Buffer[] };
  }[];
  readonly transport?: { readonly socket?: { readonly bufferedAmount?: number } };
}

/** What waits for a client that does not read as fast as it is written to. */
export interface Pressure {
  /** Packets that the transport has not taken yet. */
  readonly packets: number;
  /** Bytes that the transport has taken and the network has not. */
  readonly bytes: number;
}

/**
 * Socket.IO tells neither, so both are read from the connection below it: packets wait there while the transport is
 * busy, and the transport is busy until the operating system has taken everything of the packets before.
 */
export function pressureOf(socket: Connected): Pressure {
  const { writeBuffer, transport } = socket.conn as Queued;
  return { packets: writeBuffer?.length ?? 0, bytes: transport?.socket?.bufferedAmount ?? 0 };
}

/** Bytes of the waiting packets; looked at when there are many. */
export function waitingBytes(socket: Connected): number {
  const { writeBuffer = [] } = socket.conn as Queued;
  let bytes = 0;
  for (const { data } of writeBuffer) {
    if (typeof data === 'string' || Buffer.isBuffer(data)) bytes += data.length;
  }
  return bytes;
}
