/** Holds callers back while the bytes that others wait to have sent exceed the bound. */
export interface BufferGate {
  /** Takes room for `bytes` if there is some. One caller may exceed the bound while it is alone. */
  tryEnter(bytes: number): boolean;
  /** Takes room for `bytes` as soon as there is some; callers are let in in their order. */
  enter(bytes: number): Promise<void>;
  leave(bytes: number): void;
}

interface Waiting {
  readonly bytes: number;
  readonly admit: () => void;
}

export function makeBufferGate(maxBytes: number): BufferGate {
  let used = 0;
  let waiting: Waiting[] = [];

  const tryEnter = (bytes: number) => {
    if (used > 0 && used + bytes > maxBytes) return false;
    used += bytes;
    return true;
  };

  return {
    tryEnter: (bytes) => waiting.length === 0 && tryEnter(bytes),
    async enter(bytes) {
      if (waiting.length === 0 && tryEnter(bytes)) return;
      const { promise, resolve } = Promise.withResolvers<void>();
      waiting.push({ bytes, admit: resolve });
      await promise;
    },
    leave(bytes) {
      used -= bytes;
      const held = waiting.findIndex((next) => !tryEnter(next.bytes));
      const admitted = held === -1 ? waiting : waiting.slice(0, held);
      waiting = waiting.slice(admitted.length);
      for (const { admit } of admitted) admit();
    },
  };
}
