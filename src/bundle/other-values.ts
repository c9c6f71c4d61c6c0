import type { StackDocument } from '../compose/types.ts';
import type { StackPlan } from '../sdk/definition.ts';
import { lockedPart } from './lock-entry.ts';

/** What a bundle directory has, read. */
type Given = Parameters<typeof lockedPart>[0] & { plan: Pick<StackPlan, 'environment'> };

/**
 * Properties of services, as a plan names them, whose value is taken from a file in `secrets/` that is of another
 * version than the locked one: they are not compared, though there is a file.
 */
export function otherValues({
  directory,
  document,
}: {
  directory: Given;
  document: Pick<StackDocument, 'services'>;
}): Set<string> {
  const others = new Set(
    Object.entries(directory.plan.environment).flatMap(([variable, wanted]) => {
      const isThere = directory.secrets.materials[wanted.secret]?.[wanted.part] !== undefined;
      return isThere && lockedPart(directory, wanted) === undefined ? [variable] : [];
    }),
  );
  return new Set(
    Object.values(document.services).flatMap(({ environment = {} }) =>
      Object.entries(environment).flatMap(([name, value]) =>
        typeof value !== 'string' && others.has(value.fromEnvironment) ? [`environment ${name}`] : [],
      ),
    ),
  );
}
