import type { SecretState } from '../../bundle/secret-state.ts';
import type { Engine } from '../../engine/port.ts';
import type { Step } from './step.ts';

/** Makes the swarm secret of one part; its content was checked before. */
export function createSecret(engine: Engine, secret: SecretState): Step {
  return {
    describe: () => `create secret ${secret.name}`,
    async run() {
      if (!secret.content) throw new TypeError(`no content for ${secret.name}`);
      await engine.createSecret({ name: secret.name, labels: secret.labels, data: secret.content });
    },
  };
}

/** Puts our labels on a secret of that name which someone else made (`--adopt`). */
export function adoptSecret(engine: Engine, secret: SecretState): Step {
  return {
    describe: () => `take over secret ${secret.name} as it is`,
    async run() {
      if (!secret.live) throw new TypeError(`no swarm secret ${secret.name}`);
      await engine.updateSecretLabels(secret.live.id, { ...secret.live.labels, ...secret.labels });
    },
  };
}
