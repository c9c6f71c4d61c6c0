import type { SecretState } from '../../bundle/secret-state.ts';
import type { Engine } from '../../engine/port.ts';
import { adoptSecret, createSecret } from './create-secret.ts';
import type { Step } from './step.ts';

/** The steps that make, or take over, the secrets that stack.yml names and the swarm lacks; none if all are there. */
export function secretSteps(engine: Engine, secrets: readonly SecretState[]): Step[] {
  return secrets.flatMap((secret) => {
    if (secret.state === 'missing') return [createSecret(engine, secret)];
    return secret.state === 'foreign' ? [adoptSecret(engine, secret)] : [];
  });
}
