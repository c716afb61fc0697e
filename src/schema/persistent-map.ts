/**
 * A map that never changes: setting gives a new one and leaves the old as it was, which is what makes going back to
 * a savepoint free. Keys are spread over a tree by their hash, so that a change copies one path of it, however many keys there are.
 */
export interface PersistentMap<Value> {
  get(key: string): Value | undefined;
  has(key: string): boolean;
  set(key: string, value: Value): PersistentMap<Value>;
  delete(key: string): PersistentMap<Value>;
  values(): Iterable<Value>;
}

const width = 32;
const depth = 3;

/** A leaf holds the few keys whose hashes end alike. */
type Leaf<Value> = ReadonlyMap<string, Value>;
type Tree<Value> = readonly (Tree<Value> | Leaf<Value> | undefined)[];

/** A map without keys. */
export function emptyMap<Value>(): PersistentMap<Value> {
  return fromTree<Value>([]);
}

function fromTree<Value>(root: Tree<Value>): PersistentMap<Value> {
  const leafOf = (key: string): Leaf<Value> | undefined => {
    const hash = hashOf(key);
    let node: Tree<Value> | Leaf<Value> | undefined = root;
    for (let level = 0; level < depth && node; level += 1) node = (node as Tree<Value>)[slot(hash, level)];
    return node as Leaf<Value> | undefined;
  };
  return {
    get: (key) => leafOf(key)?.get(key),
    has: (key) => leafOf(key)?.has(key) ?? false,
    set: (key, value) => fromTree(changed(root, hashOf(key), 0, (leaf) => leaf.set(key, value))),
    delete: (key) =>
      leafOf(key)?.has(key) ? fromTree(changed(root, hashOf(key), 0, (leaf) => leaf.delete(key))) : fromTree(root),
    values: () => valuesOf(root, 0),
  };
}

function changed<Value>(
  tree: Tree<Value>,
  hash: number,
  level: number,
  change: (leaf: Map<string, Value>) => void,
): Tree<Value> {
  const index = slot(hash, level);
  const copy = tree.slice();
  const child = tree[index];
  if (level < depth - 1) copy[index] = changed((child as Tree<Value> | undefined) ?? [], hash, level + 1, change);
  else {
    const leaf = new Map(child as Leaf<Value> | undefined);
    change(leaf);
    copy[index] = leaf;
  }
  return copy;
}

function* valuesOf<Value>(tree: Tree<Value>, level: number): Generator<Value> {
  for (const child of tree)
    if (child && level < depth - 1) yield* valuesOf(child as Tree<Value>, level + 1);
    else if (child) yield* (child as Leaf<Value>).values();
}

const slot = (hash: number, level: number): number => (hash >>> (level * 5)) & (width - 1);

function hashOf(key: string): number {
  let hash = 0;
  for (let index = 0; index < key.length; index += 1) hash = (Math.imul(hash, 31) + key.charCodeAt(index)) | 0;
  return hash ^ (hash >>> 15);
}
