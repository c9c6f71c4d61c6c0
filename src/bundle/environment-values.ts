import { BundleError, EXIT } from '../errors.ts';
import type { StackPlan } from '../sdk/definition.ts';
import { lockedPart } from './lock-entry.ts';
import { NO_BACKUP } from './lost-secrets.ts';

/** What of a bundle its environment follows from. */
interface Supplied {
  directory: Parameters<typeof lockedPart>[0] & {
    plan: Pick<StackPlan, 'environment' | 'environmentAnswer' | 'secrets'>;
  };
}

/** Values that stack.yml takes from the environment, as far as they are on this disk as they were locked. */
export function deployEnvironment(loaded: Supplied): Record<string, string> {
  return Object.fromEntries(
    Object.entries(loaded.directory.plan.environment).flatMap(([variable, wanted]) => {
      const content = lockedPart(loaded.directory, wanted);
      return content ? [[variable, content.toString('utf8')]] : [];
    }),
  );
}

/**
 * Throws (exit 3) where stack.yml takes a value from the environment that this machine cannot supply, or that swarm
 * would not take as it is: it expands `{{` in environment values as a template.
 */
export function requireEnvironment(loaded: Supplied): void {
  const env = deployEnvironment(loaded);
  const { plan, secrets } = loaded.directory;
  const { environmentAnswer } = plan;
  const instead = environmentAnswer ? `, or use ${environmentAnswer.instead}` : '';
  for (const [variable, { secret, part }] of Object.entries(plan.environment)) {
    const value = env[variable];
    if (value === undefined) {
      const other = secrets.materials[secret]?.[part] !== undefined;
      const file = plan.secrets.find((need) => need.secret === secret)?.files[part] ?? secret;
      throw new BundleError(
        'environment-lacking',
        other
          ? `stack.yml takes ${variable} from secrets/${file}, which is not the content that bundle.lock.json means`
          : `stack.yml takes ${variable} from secrets/, which is not on this machine`,
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
