import type { SecretState } from '../bundle/secret-state.ts';
import { planChanges, type Plan } from '../plan/plan.ts';
import type { Loaded, Survey } from './session.ts';

/** Values that stack.yml takes from the environment, as far as they are on this disk. */
export function deployEnvironment(loaded: Loaded): Record<string, string> {
  const { plan, secrets } = loaded.directory;
  return Object.fromEntries(
    Object.entries(plan.environment).flatMap(([variable, { secret, part }]) => {
      const content = secrets.materials[secret]?.[part];
      return content ? [[variable, content.toString('utf8')]] : [];
    }),
  );
}

/** What deploying the bundle would change in the swarm as it was read. */
export function planBundle(loaded: Loaded, found: Survey, secrets: SecretState[]): Plan {
  const { bundle, plan } = loaded.directory;
  return planChanges({
    stack: bundle.name,
    document: loaded.document,
    placements: plan.placements,
    environment: deployEnvironment(loaded),
    live: { services: found.live.services, networks: found.networks, secrets: secrets.flatMap((each) => (each.live ? [each.name] : [])), nodes: found.live.nodes },
  });
}
