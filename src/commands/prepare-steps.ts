import type { SecretState } from '../bundle/secret-state.ts';
import type { Engine } from '../engine/port.ts';
import type { LabelChange } from '../plan/labels.ts';
import { adoptSecret, createSecret } from '../steps/create-secret.ts';
import { labelNode } from '../steps/label-node.ts';
import type { Step } from '../steps/step.ts';

/** The steps that make what stack.yml names and the swarm does not have yet: secrets first, then node labels. Empty when all is there. */
export function prepareSteps(engine: Engine, secrets: SecretState[], labels: LabelChange[]): Step[] {
  const made = secrets.flatMap((secret) => {
    if (secret.state === 'missing') return [createSecret(engine, secret)];
    return secret.state === 'foreign' ? [adoptSecret(engine, secret)] : [];
  });
  const nodes = [...new Set(labels.map(({ nodeId }) => nodeId))];
  const labelled = nodes.map((id) => {
    const own = labels.filter(({ nodeId }) => nodeId === id);
    const keys = (action: LabelChange['action']) => own.filter((change) => change.action === action).map(({ key }) => key);
    return labelNode(engine, { id, hostname: own[0]?.node ?? id }, { add: keys('add'), remove: keys('remove') });
  });
  return [...made, ...labelled];
}
