import type { SecretState } from '../bundle/secret-state.ts';
import type { Engine } from '../engine/port.ts';
import type { LabelChange } from '../plan/labels.ts';
import { adoptSecret, createSecret } from '../swarm/steps/create-secret.ts';
import { labelNodes } from '../swarm/steps/label-node.ts';
import type { Step } from '../swarm/steps/step.ts';

/**
 * The steps that make what stack.yml names and the swarm does not have yet: secrets first, then node labels. Empty when
 * all is there.
 * @param labels of a plan: all that come before services are deployed, or the safe ones only
 */
export function prepareSteps(engine: Engine, secrets: SecretState[], labels: readonly LabelChange[]): Step[] {
  const made = secrets.flatMap((secret) => {
    if (secret.state === 'missing') return [createSecret(engine, secret)];
    return secret.state === 'foreign' ? [adoptSecret(engine, secret)] : [];
  });
  return [...made, ...labelNodes(engine, labels)];
}
