/**
 * A map that never changes: setting gives a new one and leaves the old as it was, which is what makes going back to
 * a savepoint free. Keys are spread over buckets, so that a change copies a small part, however many keys there are.
 */
export interface PersistentMap<Value> {
  get(key: string): Value | undefined;
  has(key: string): boolean;
  set(key: string, value: Value): PersistentMap<Value>;
  delete(key: string): PersistentMap<Value>;
  values(): Iterable<Value>;
}

const bucketCount = 256;
type Buckets<Value> = readonly (ReadonlyMap<string, Value> | undefined)[];

/** A map without keys. */
export function emptyMap<Value>(): PersistentMap<Value> {
  return fromBuckets<Value>(Array.from({ length: bucketCount }, () => undefined));
}

function fromBuckets<Value>(buckets: Buckets<Value>): PersistentMap<Value> {
  const changed = (key: string, change: (bucket: Map<string, Value>) => void): PersistentMap<Value> => {
    const index = bucketOf(key);
    const bucket = new Map(buckets[index]);
    change(bucket);
    return fromBuckets(buckets.with(index, bucket));
  };
  return {
    get: (key) => buckets[bucketOf(key)]?.get(key),
    has: (key) => buckets[bucketOf(key)]?.has(key) ?? false,
    set: (key, value) => changed(key, (bucket) => bucket.set(key, value)),
    delete: (key) =>
      buckets[bucketOf(key)]?.has(key) ? changed(key, (bucket) => bucket.delete(key)) : fromBuckets(buckets),
    *values() {
      for (const bucket of buckets) if (bucket) yield* bucket.values();
    },
  };
}

function bucketOf(key: string): number {
  let hash = 0;
  for (let index = 0; index < key.length; index += 1) hash = (hash * 31 + key.charCodeAt(index)) | 0;
  return hash & (bucketCount - 1);
}
