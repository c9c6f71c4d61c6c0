import type { ConvergeOptions } from '../converge/options.ts';
import { describeWaves } from '../quorum/describe.ts';
import { STOP_CHECK } from '../quorum/members.ts';
import { deployInWaves } from '../quorum/roll.ts';
import type { Engine } from '../engine/port.ts';
import type { Plan } from '../plan/plan.ts';
import type { Step } from '../swarm/steps/step.ts';
import type { CommandIo } from '../cli/io.ts';
import { deployEnvironment, requireEnvironment } from '../project/plan-bundle.ts';
import { reporterOf } from '../cli/reporter.ts';
import { rollGate } from './roll-gate.ts';
import type { Loaded } from '../cli/session.ts';

export interface DeployStepsOptions {
  converge: ConvergeOptions;
  /** False: services that restart one after the other need not pass their checks. */
  verify: boolean;
  /** Names of checks whose findings do not count. */
  ignore: readonly string[];
}

/**
 * The step that deploys what a plan creates or updates; none where there is nothing.
 * @throws BundleError (exit 3) where a value that stack.yml takes from the environment is not on this machine
 */
export function deploySteps(
  engine: Engine,
  loaded: Loaded,
  plan: Plan,
  { converge, verify, ignore }: DeployStepsOptions,
  io: CommandIo,
): Step[] {
  const { ensembles, rolling } = loaded.directory.plan;
  const waves = describeWaves(plan, ensembles, rolling);
  if (waves.length === 0) return [];
  requireEnvironment(loaded);
  const reporter = reporterOf(io);
  const environment = deployEnvironment(loaded);
  return [
    {
      title: 'docker stack deploy',
      describe: () => `docker stack deploy ${plan.stack}: ${waves.join('; then ')}`,
      async run() {
        await deployInWaves({
          engine,
          document: loaded.document,
          plan,
          ensembles,
          rolling,
          ignoreBreakage: ignore.includes(STOP_CHECK),
          environment,
          converge,
          gate: rollGate(engine, loaded, verify, io),
          onStep: (line) => reporter.step(line),
          onLine: (line) => reporter.detail(line),
        });
        reporter.endProgress();
      },
    },
  ];
}
