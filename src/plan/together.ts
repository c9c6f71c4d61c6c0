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

/**
 * Services whose update changes a property on which they must agree with others, each with those properties.
 * @param agreed as a plan names them: `environment HOST`
 */
export function agreedRestarts(
  changes: readonly ServiceChange[],
  agreed: readonly string[],
): Map<string, readonly string[]> {
  return new Map(
    changes.flatMap((change): [string, string[]][] => {
      const fields = change.changes.flatMap(({ field, effect }) =>
        effect === 'restart' && agreed.includes(field) ? [field] : [],
      );
      return change.action === 'update' && fields.length > 0 ? [[change.name, fields]] : [];
    }),
  );
}
