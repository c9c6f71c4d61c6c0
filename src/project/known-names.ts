import { withOwnChecks } from '../bundle/own-expectations.ts';
import type { Catalogue } from '../bundle/catalogue.ts';
import { planOf } from '../bundle/plan-of.ts';
import { renderBundle } from '../bundle/render.ts';
import { knownNames } from '../verify/bundle/expected.ts';
import { readBundle } from './bundle-dir.ts';

/**
 * The services and checks of a bundle directory, as --only and --skip take them; neither `secrets/` nor the swarm is
 * asked.
 * @throws BundleError (exit 2) if DIR is no bundle or a file in it is invalid
 */
export async function knownWords(dir: string, stacks: Catalogue): Promise<{ services: string[]; checks: string[] }> {
  const { bundle, lock } = await readBundle(dir, stacks);
  const defined = planOf(bundle);
  const plan = { ...defined, expectations: withOwnChecks(defined.expectations, bundle.verify, defined) };
  return knownNames({ directory: { plan }, document: renderBundle(bundle, lock).document });
}
