import { validateAnswers, type Bundle } from '../bundle/parse.ts';
import { planOf } from '../bundle/plan-of.ts';
import { BundleError } from '../errors.ts';
import type { SecretNeed, StackDefinition, StackPlan } from '../sdk/definition.ts';
import type { Release, StoredRelease } from './record.ts';

/**
 * What the answers of a release call for.
 * @param stacks the definitions that it may name: of a bundle's own releases, that of the bundle
 * @throws BundleError (exit 2) if they are not valid for this version of bundle
 */
export function definedBy(
  release: Pick<StoredRelease, 'answers' | 'number'>,
  stacks: readonly StackDefinition[],
): { bundle: Bundle; plan: StackPlan } {
  const bundle = validateAnswers(release.answers, `release ${release.number}`, stacks);
  return { bundle, plan: planOf(bundle) };
}

/** The secrets that a release calls for; undefined if its answers are not valid for this version of bundle. */
export type NeedsOf = (release: Pick<Release, 'answers' | 'number'>) => readonly SecretNeed[] | undefined;

/** @param definition of the bundle whose releases they are; each is looked at once */
export function needsBy(definition: StackDefinition): NeedsOf {
  const known = new Map<object, readonly SecretNeed[] | undefined>();
  return (release) => {
    if (!known.has(release)) known.set(release, validNeeds(release, definition));
    return known.get(release);
  };
}

function validNeeds(release: Parameters<NeedsOf>[0], definition: StackDefinition): readonly SecretNeed[] | undefined {
  try {
    return definedBy(release, [definition]).plan.secrets;
  } catch (error) {
    if (error instanceof BundleError) return undefined;
    throw error;
  }
}
