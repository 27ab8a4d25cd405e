/** Another copy, or another way of the bytes, may be sound; a batch on disk does not heal. */
const answersBelieved = 3;

/** Offsets of one partition whose records are damaged: from one up to, not including, the other. */
export interface DamagedRange {
  readonly from: number;
  readonly to: number;
}

interface Met {
  readonly from: number;
  at: number;
  answers: number;
}

/**
 * Finds where damage ends. A cluster does not tell how many records a damaged batch holds, so that one offset is asked
 * for after the other until one is answered: nothing sound is passed over.
 */
export class DamagedOffsets {
  readonly #met = new Map<string, Met>();

  /**
   * The cluster answered that this offset is damaged: once more to be asked for, or to be believed as the first one of a
   * range or a later one of it, and the next offset asked for.
   */
  met(partition: string, offset: number): 'ask-again' | 'begins' | 'goes-on' {
    const before = this.#met.get(partition);
    if (before?.at === offset) {
      before.answers += 1;
      return before.answers < answersBelieved ? 'ask-again' : 'begins';
    }
    // Behind an offset that was believed to be damaged, the first answer is enough: it is most likely the same batch.
    const goesOn = before !== undefined && before.at + 1 === offset && before.answers >= answersBelieved;
    this.#met.set(partition, {
      from: goesOn ? before.from : offset,
      at: offset,
      answers: goesOn ? answersBelieved : 1,
    });
    return goesOn ? 'goes-on' : 'ask-again';
  }

  /** This offset was answered as it should be; the range that ended before it, if one did. */
  passed(partition: string, offset: number): DamagedRange | undefined {
    const met = this.#met.get(partition);
    if (met === undefined) return undefined;
    this.#met.delete(partition);
    return met.from < offset ? { from: met.from, to: offset } : undefined;
  }

  /** The partition is somebody else's now, or is read from another place. */
  forget(partition: string): void {
    this.#met.delete(partition);
  }
}
