import type { Step } from '../swarm/steps/step.ts';
import type { Reporter } from '../ui/reporter.ts';
import { describeWaves } from './describe.ts';
import type { WavesOptions } from './options.ts';
import { deployInWaves } from './roll.ts';

/** The step that deploys what a plan creates or updates, in its stages; none if there is nothing. */
export function deploySteps(options: Omit<WavesOptions, 'onStep' | 'onLine'>, reporter: Reporter): Step[] {
  const { plan, ensembles, rolling } = options;
  const waves = describeWaves(plan, ensembles, rolling);
  if (waves.length === 0) return [];
  return [
    {
      describe: () => `docker stack deploy ${plan.stack}: ${waves.join('; then ')}`,
      async run() {
        await deployInWaves({
          ...options,
          onStep: (line) => reporter.step(line),
          onLine: (line) => reporter.detail(line),
        });
        reporter.endProgress();
      },
    },
  ];
}
