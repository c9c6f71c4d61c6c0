import { BundleError, EXIT } from '../errors.ts';
import { NO_BACKUP } from '../bundle/lost-secrets.ts';
import type { SecretState } from '../bundle/secret-state.ts';
import type { SwarmSecret } from '../engine/port.ts';
import { planChanges, type LiveStack, type Plan } from '../plan/plan.ts';
import type { Loaded, Survey } from '../cli/session.ts';

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

/**
 * Throws (exit 3) where stack.yml takes a value from the environment that this machine cannot supply, or that swarm
 * would not take as it is: it expands `{{` in environment values as a template.
 */
export function requireEnvironment(loaded: Loaded): void {
  const env = deployEnvironment(loaded);
  const { environmentAnswer } = loaded.directory.plan;
  const instead = environmentAnswer ? `, or use ${environmentAnswer.instead}` : '';
  for (const [variable, { secret }] of Object.entries(loaded.directory.plan.environment)) {
    const value = env[variable];
    if (value === undefined) {
      throw new BundleError(
        'environment-lacking',
        `stack.yml takes ${variable} from secrets/, which is not on this machine`,
        {
          exit: EXIT.preflight,
          hints: [`deploy from where the bundle’s secrets/ is${instead}`, NO_BACKUP],
        },
      );
    }
    if (value.includes('{{')) {
      throw new BundleError(
        'environment-template',
        `${secret} holds "{{", which swarm expands as a template in an environment variable`,
        {
          exit: EXIT.preflight,
          hints: [`choose another value${instead}`],
        },
      );
    }
  }
}

/** The part of a survey that a plan looks at. */
export function liveStack({ live, info, networks, volumes }: Survey, secrets: SecretState[]): LiveStack {
  return {
    services: live.services,
    networks,
    nodes: live.nodes,
    secrets: secrets.flatMap((each) => (each.live ? [each.name] : [])),
    volumes: { nodeId: info.swarm.nodeId, names: volumes.map(({ name }) => name) },
  };
}

export interface PlanBundleOptions {
  /** Old secret versions that would be removed. */
  stale?: readonly SwarmSecret[];
  /** `--at-once` */
  atOnce?: boolean | undefined;
  /** False: `--no-verify` */
  verify?: boolean | undefined;
}

/** What deploying the bundle would change in the swarm as it was read. */
export function planBundle(
  loaded: Loaded,
  found: Survey,
  secrets: SecretState[],
  { stale = [], atOnce, verify }: PlanBundleOptions = {},
): Plan {
  const { bundle, plan } = loaded.directory;
  return planChanges({
    stack: bundle.name,
    document: loaded.document,
    placements: plan.placements,
    environment: deployEnvironment(loaded),
    ensembles: plan.ensembles,
    rolling: plan.rolling,
    together: plan.together,
    atOnce,
    verify,
    staleSecrets: stale.map(({ name }) => name),
    live: liveStack(found, secrets),
  });
}
