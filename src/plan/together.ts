import type { ServiceChange } from './changes.ts';

/**
 * Services whose update brings, changes or takes away a secret that all who mount it must have in the same version,
 * each with the file names of those secrets.
 * @param together file names; the swarm calls a version of one `<stack>_<file>.v<N>`
 */
export function jointRestarts(
  stack: string,
  changes: readonly ServiceChange[],
  together: readonly string[],
): Map<string, string[]> {
  const shared = new Set(together.map((file) => `${stack}_${file}`.toLowerCase()));
  const fileOf = (name = ''): string[] => {
    const unversioned = name.replace(/\.v\d+$/, '');
    return shared.has(unversioned.toLowerCase()) ? [unversioned.slice(stack.length + 1)] : [];
  };
  return new Map(
    changes.flatMap((change): [string, string[]][] => {
      const fields = change.changes.filter(({ field, effect }) => field.startsWith('secret ') && effect === 'restart');
      const files = [...new Set(fields.flatMap(({ from, to }) => [...fileOf(from), ...fileOf(to)]))];
      return change.action === 'update' && files.length > 0 ? [[change.name, files]] : [];
    }),
  );
}
