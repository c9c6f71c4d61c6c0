import { renderStack } from '../compose/render.ts';
import type { CommentedDocument } from '../compose/types.ts';
import { BundleError, EXIT } from '../errors.ts';
import { imageStart } from './image-start.ts';
import type { Lock } from './lock.ts';
import { lockedAs } from './lock-entry.ts';
import { swarmSecretName } from './names.ts';
import type { Bundle } from './parse.ts';
import { planOf } from './plan-of.ts';

export interface RenderedBundle {
  text: string;
  document: CommentedDocument['document'];
}

/**
 * stack.yml of a bundle: a pure function of its answers and its lock.
 * @throws BundleError (exit 3) if the lock lacks a version of a secret, or what an image runs, and the answers call
 *   for it
 */
export function renderBundle(bundle: Bundle, lock: Lock): RenderedBundle {
  const plan = planOf(bundle);
  const commented = plan.document(
    (secret, part) => {
      const need = plan.secrets.find((each) => each.secret === secret);
      const locked = need && lockedAs(need, lock);
      const file = need?.files[part];
      if (!locked || file === undefined) {
        throw new BundleError('secret-not-locked', `bundle.lock.json has no version of the secret "${secret}"`, {
          exit: EXIT.preflight,
          hints: [
            'run `bundle init` on this directory: it makes or takes what is missing and leaves the rest alone',
            'if bundle.lock.json lost it, restore that from version control instead',
          ],
        });
      }
      return swarmSecretName(bundle.name, file, locked.version);
    },
    (image) => imageStart(lock, image),
    (name) => identityOf(lock, name),
  );
  const heading = [
    ...commented.heading,
    'Rendered by `bundle render` from bundle.yaml and bundle.lock.json; edit those, not this file.',
    `\`bundle prepare\` makes the secrets and node labels that it names; then: docker stack deploy ` +
      `--with-registry-auth -c stack.yml ${bundle.name}`,
  ];
  return { text: renderStack({ ...commented, heading }), document: commented.document };
}

/** @throws BundleError (exit 3) if bundle.lock.json does not have it yet */
function identityOf(lock: Lock, name: string): string {
  const value = lock.identities?.[name];
  if (value !== undefined) return value;
  throw new BundleError('identity-not-locked', `bundle.lock.json does not have "${name}"`, {
    exit: EXIT.preflight,
    hints: [
      'restore bundle.lock.json from version control, if it had it: it never changes',
      'else run `bundle init` on this directory: it takes it from stack.yml, or makes a new one',
    ],
  });
}
