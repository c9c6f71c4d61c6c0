/** Answers by dotted path (`agents.data.nodes`). A mapping is a plain object; everything else, lists too, is a leaf. */
export type Tree = Record<string, unknown>;

const isTree = (value: unknown): value is Tree => typeof value === 'object' && value !== null && !Array.isArray(value);

/** The value at a path; undefined if there is none. */
export function getAt(tree: Tree, path: string): unknown {
  let value: unknown = tree;
  for (const key of path.split('.')) {
    if (!isTree(value) || !Object.hasOwn(value, key)) return undefined;
    value = value[key];
  }
  return value;
}

/** A copy with the value at the path; mappings on the way are made. */
export function withAt(tree: Tree, path: string, value: unknown): Tree {
  const [key = '', ...rest] = path.split('.');
  if (rest.length === 0) return { ...tree, [key]: value };
  const below = tree[key];
  return { ...tree, [key]: withAt(isTree(below) ? below : {}, rest.join('.'), value) };
}

/** A copy without the path; mappings that become empty go too. */
export function withoutAt(tree: Tree, path: string): Tree {
  const [key = '', ...rest] = path.split('.');
  const { [key]: below, ...others } = tree;
  if (rest.length === 0 || !isTree(below)) return rest.length === 0 ? others : tree;
  const left = withoutAt(below, rest.join('.'));
  return Object.keys(left).length === 0 ? others : { ...tree, [key]: left };
}

/** Every leaf with its path, in the tree's own order. An empty mapping is no leaf. */
export function leaves(tree: Tree, prefix = ''): [path: string, value: unknown][] {
  return Object.entries(tree).flatMap(([key, value]): [string, unknown][] => {
    const path = prefix === '' ? key : `${prefix}.${key}`;
    return isTree(value) ? leaves(value, path) : [[path, value]];
  });
}

/**
 * `over` laid upon `under`, leaf by leaf. An empty value (`null`) takes the leaf out: `--set store.host=` unsays an
 * answer.
 */
export function overlay(under: Tree, over: Tree): Tree {
  // The wizard asks for this at every question: each mapping is copied once, not once for each leaf below it.
  const own = new WeakSet<Tree>();
  const copy = (tree: unknown): Tree => {
    if (isTree(tree) && own.has(tree)) return tree;
    const made = isTree(tree) ? { ...tree } : {};
    own.add(made);
    return made;
  };
  let result = under;
  for (const [path, value] of leaves(over)) {
    if (value === null) {
      result = withoutAt(result, path);
      continue;
    }
    result = copy(result);
    const keys = path.split('.');
    const last = keys.pop() ?? '';
    let at = result;
    for (const key of keys) {
      const below = copy(at[key]);
      put(at, key, below);
      at = below;
    }
    put(at, last, value);
  }
  return result;
}

/** Assigning would take a key `__proto__` for the prototype, and an answer of that name must be refused as unknown. */
function put(tree: Tree, key: string, value: unknown): void {
  if (key === '__proto__')
    Object.defineProperty(tree, key, { value, enumerable: true, writable: true, configurable: true });
  else tree[key] = value;
}

/** Equality of answers: scalars, lists and mappings. */
export function sameValue(a: unknown, b: unknown): boolean {
  if (Array.isArray(a) || Array.isArray(b)) {
    return (
      Array.isArray(a) &&
      Array.isArray(b) &&
      a.length === b.length &&
      a.every((value, index) => sameValue(value, b[index]))
    );
  }
  if (isTree(a) && isTree(b)) {
    const keys = new Set([...Object.keys(a), ...Object.keys(b)]);
    return [...keys].every((key) => sameValue(a[key], b[key]));
  }
  return a === b;
}
