import { join } from 'node:path';
import type { StackPlan } from '../sdk/definition.ts';
import { shellWord } from '../shell-word.ts';
import { FILE } from './names.ts';

/**
 * The shell's lines that supply what stack.yml takes from the environment; no value is in them.
 * @param dir the bundle's directory, from where the lines are run
 */
export const environmentExports = (plan: Pick<StackPlan, 'environment' | 'secrets'>, dir: string): string[] =>
  Object.entries(plan.environment).map(([variable, { secret, part }]) => {
    const file = plan.secrets.find((need) => need.secret === secret)?.files[part] ?? part;
    return `export ${variable}="$(cat ${shellWord(join(dir, FILE.secrets, file))})"`;
  });
