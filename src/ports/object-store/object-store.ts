/** What a call that waits may be told. */
export interface ObjectCall {
  /** Ends the waiting; what was under way may or may not have happened. */
  readonly signal?: AbortSignal | undefined;
}

export interface PutObject extends ObjectCall {
  /**
   * Media type, for whoever downloads the object from a bucket; folders do not keep it.
   * @default application/octet-stream
   */
  readonly contentType?: string;
}

/** An object as a listing shows it. */
export interface StoredObject {
  readonly key: string;
  /** Size. */
  readonly bytes: number;
}

/**
 * Keeps objects under keys: S3 on AWS, a folder on one machine. Keys are UTF-8 paths of 1 to 1,024 bytes whose parts,
 * between slashes, are neither empty nor longer than 255 bytes; no key is a folder of another one. Writing and deleting
 * are durable when they resolve, an object appears whole or not at all, and what was put is found at once.
 *
 * Failures are `EVENTBUS_OBJECT_STORE_UNAVAILABLE` (dependency) and `EVENTBUS_OBJECT_KEY_INVALID`. Versions, locks and
 * expiry are the bucket's job; the folder keeps everything until it is deleted.
 */
export interface ObjectStore {
  /** Writes an object, or replaces the one of that key. */
  put(key: string, bytes: Uint8Array, options?: PutObject): Promise<void>;
  /** The bytes of an object; `null` when there is none. */
  get(key: string, options?: ObjectCall): Promise<Buffer | null>;
  /** Objects whose keys begin with `prefix`, by the bytes of their keys; what changes meanwhile may be left out. */
  list(prefix: string, options?: ObjectCall): AsyncIterable<StoredObject>;
  /** Removes an object; one that is not there counts as removed. */
  delete(key: string, options?: ObjectCall): Promise<void>;
}
