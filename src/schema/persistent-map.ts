/**
 * A map that never changes: setting gives a new one and leaves the old as it was, which is what makes going back to
 * a savepoint free. Keys are spread over a tree by their hash, so that a change copies one path of it, however many keys there are.
 */
export interface PersistentMap<Value> {
  get(key: string): Value | undefined;
  has(key: string): boolean;
  set(key: string, value: Value): PersistentMap<Value>;
  delete(key: string): PersistentMap<Value>;
  values(): readonly Value[];
}

const bits = 5;
const depth = 3;

/** The few keys whose hashes end alike, each followed by its value: a list that short is searched faster than any table. */
type Leaf<Value> = readonly (string | Value)[];
type Tree<Value> = readonly (Tree<Value> | Leaf<Value> | undefined)[];

/** A map without keys. */
export function emptyMap<Value>(): PersistentMap<Value> {
  return fromTree<Value>([]);
}

function fromTree<Value>(root: Tree<Value>): PersistentMap<Value> {
  const get = (key: string): Value | undefined => {
    const leaf = leafOf(root, hashOf(key));
    const at = leaf ? positionOf(leaf, key) : -1;
    return at === -1 ? undefined : (leaf?.[at + 1] as Value);
  };
  return {
    get,
    has: (key) => get(key) !== undefined,
    set: (key, value) => fromTree(changed(root, hashOf(key), 0, (leaf) => withEntry(leaf, key, value))),
    delete: (key) =>
      fromTree(get(key) === undefined ? root : changed(root, hashOf(key), 0, (leaf) => withoutEntry(leaf, key))),
    values: () => valuesOf(root, 0, []),
  };
}

function leafOf<Value>(root: Tree<Value>, hash: number): Leaf<Value> | undefined {
  let node: Tree<Value> | Leaf<Value> | undefined = root;
  for (let level = 0; level < depth && node; level += 1) node = (node as Tree<Value>)[slot(hash, level)];
  return node as Leaf<Value> | undefined;
}

function positionOf<Value>(leaf: Leaf<Value>, key: string): number {
  for (let index = 0; index < leaf.length; index += 2) if (leaf[index] === key) return index;
  return -1;
}

function withEntry<Value>(leaf: Leaf<Value>, key: string, value: Value): Leaf<Value> {
  const at = positionOf(leaf, key);
  return at === -1 ? [...leaf, key, value] : leaf.with(at + 1, value);
}

const withoutEntry = <Value>(leaf: Leaf<Value>, key: string): Leaf<Value> => leaf.toSpliced(positionOf(leaf, key), 2);

function changed<Value>(
  tree: Tree<Value>,
  hash: number,
  level: number,
  change: (leaf: Leaf<Value>) => Leaf<Value>,
): Tree<Value> {
  const index = slot(hash, level);
  const copy = tree.slice();
  const child = tree[index];
  copy[index] =
    level < depth - 1
      ? changed((child as Tree<Value> | undefined) ?? [], hash, level + 1, change)
      : change((child as Leaf<Value> | undefined) ?? []);
  return copy;
}

function valuesOf<Value>(tree: Tree<Value>, level: number, found: Value[]): readonly Value[] {
  for (const child of tree)
    if (child && level < depth - 1) valuesOf(child as Tree<Value>, level + 1, found);
    else if (child) for (let index = 1; index < child.length; index += 2) found.push(child[index] as Value);
  return found;
}

const slot = (hash: number, level: number): number => (hash >>> (level * bits)) & ((1 << bits) - 1);

function hashOf(key: string): number {
  let hash = 0;
  for (let index = 0; index < key.length; index += 1) hash = (Math.imul(hash, 31) + key.charCodeAt(index)) | 0;
  return hash ^ (hash >>> 15);
}
