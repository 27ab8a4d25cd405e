/** Holds callers back while the bytes that others wait to have sent exceed the bound. */
export interface BufferGate {
  /** Takes room for `bytes` if there is some. One caller may exceed the bound while it is alone. */
  tryEnter(bytes: number): boolean;
  /** Takes room for `bytes` as soon as there is some, in the order of the calls; false when there is none in time. */
  enter(bytes: number, withinMs: number): Promise<boolean>;
  leave(bytes: number): void;
}

interface Waiting {
  readonly bytes: number;
  readonly admit: (entered: boolean) => void;
}

export function makeBufferGate(maxBytes: number): BufferGate {
  let used = 0;
  let waiting: Waiting[] = [];

  const tryEnter = (bytes: number) => {
    if (used > 0 && used + bytes > maxBytes) return false;
    used += bytes;
    return true;
  };

  const admitMore = () => {
    const held = waiting.findIndex((next) => !tryEnter(next.bytes));
    const admitted = held === -1 ? waiting : waiting.slice(0, held);
    waiting = waiting.slice(admitted.length);
    for (const { admit } of admitted) admit(true);
  };

  return {
    tryEnter: (bytes) => waiting.length === 0 && tryEnter(bytes),
    async enter(bytes, withinMs) {
      if (waiting.length === 0 && tryEnter(bytes)) return true;
      const { promise, resolve } = Promise.withResolvers<boolean>();
      const mine: Waiting = { bytes, admit: resolve };
      waiting.push(mine);
      const timer = setTimeout(() => {
        waiting = waiting.filter((other) => other !== mine);
        resolve(false);
        admitMore();
      }, withinMs);
      return promise.finally(() => clearTimeout(timer));
    },
    leave(bytes) {
      used -= bytes;
      admitMore();
    },
  };
}
