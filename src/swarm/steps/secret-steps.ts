import type { SecretState } from '../../bundle/secret-state.ts';
import type { Engine } from '../../engine/port.ts';
import { adoptSecret, createSecret } from './create-secret.ts';
import type { Step } from './step.ts';

/**
 * The steps that make the secrets that stack.yml names and the swarm lacks; none if all are there.
 * @param adopt those that somebody else made are taken over, too; otherwise, where their check is ignored, they are
 *   used as they are and stay somebody else's
 */
export function secretSteps(
  engine: Engine,
  { secrets, adopt }: { secrets: readonly SecretState[]; adopt: boolean },
): Step[] {
  return secrets.flatMap((secret) => {
    if (secret.state === 'missing') return [createSecret(engine, secret)];
    return secret.state === 'foreign' && adopt ? [adoptSecret(engine, secret)] : [];
  });
}
