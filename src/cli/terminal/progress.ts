export interface Progress {
  /** Reports how much is done, in the unit of `total`. */
  update(done: number): void;
  /** Ends the bar's line. */
  end(): void;
}

export interface ProgressOptions {
  readonly label: string;
  /** Amount of work; unknown when it cannot be told beforehand. */
  readonly total?: number | undefined;
  readonly stream: NodeJS.WriteStream;
  readonly now: () => number;
}

const barWidth = 24;

/** A bar with rate and time left on a terminal; a plain line every 5 seconds elsewhere. */
export function makeProgress({ label, total, stream, now }: ProgressOptions): Progress {
  const started = now();
  const interval = stream.isTTY ? 100 : 5000;
  let lastShown = started;
  let done = 0;

  function show() {
    lastShown = now();
    const text = progressLine({ label, total, done, elapsedMs: lastShown - started });
    stream.write(stream.isTTY ? `\r\x1b[2K${text}` : `${text}\n`);
  }
  return {
    update(amount) {
      done = amount;
      if (now() - lastShown >= interval) show();
    },
    end() {
      show();
      if (stream.isTTY) stream.write('\n');
    },
  };
}

interface ProgressState {
  readonly label: string;
  readonly total?: number | undefined;
  readonly done: number;
  readonly elapsedMs: number;
}

/** One line: label, bar, count, rate per second and seconds left. */
export function progressLine({ label, total, done, elapsedMs }: ProgressState): string {
  const rate = elapsedMs > 0 ? (done * 1000) / elapsedMs : 0;
  const speed = `${Math.round(rate).toLocaleString('en-US')}/s`;
  if (total === undefined || total === 0) return `${label}  ${done.toLocaleString('en-US')}  ${speed}`;
  const share = Math.min(1, done / total);
  const filled = Math.round(share * barWidth);
  const bar = '█'.repeat(filled) + '░'.repeat(barWidth - filled);
  const left = rate > 0 ? `${Math.ceil((total - done) / rate)} s left` : '';
  const counts = `${done.toLocaleString('en-US')} of ${total.toLocaleString('en-US')}`;
  return `${label}  ${bar} ${Math.floor(share * 100)} %  ${counts}  ${speed}  ${left}`.trimEnd();
}
