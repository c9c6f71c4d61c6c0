import type { ToldSecret } from '../sdk/definition.ts';
import { isStopped } from '../plan/stopped.ts';
import type { Step } from '../swarm/steps/step.ts';
import type { Reporter } from '../ui/reporter.ts';
import { deploySteps } from './deploy-step.ts';
import type { WavesOptions } from './options.ts';
import { waitFor } from './wait.ts';

/**
 * The step that starts what must be told of a secret before anything restarts and stands at a count of 0, where a run
 * left it that ended between its stop and its start: else nobody could be told, by this command or any other. It starts
 * as the document has it: how it stands may be what is being corrected, or a version of the software from which there
 * is no way back. What has tasks is left alone, and so are labels that move: the deployment comes to both.
 * @param secrets of the definition
 */
export function startToTell(
  options: Omit<WavesOptions, 'onStep' | 'onLine'>,
  secrets: readonly ToldSecret[],
  reporter: Reporter,
): Step[] {
  const { engine, plan, converge } = options;
  const names = [...new Set((plan.told ?? []).flatMap((told) => (told.later ? [] : nobodyRuns(told.file))))];
  const services = plan.services.filter(({ name }) => names.includes(name));
  const part = { ...options, ensembles: [], rolling: [], plan: { ...plan, services, restarts: [], labels: [] } };
  return deploySteps(part, reporter).map((step) => ({
    describe: () => `start ${names.join(', ')}, so that there is something to tell`,
    async run(signal) {
      const before = await engine.services({ stack: plan.stack });
      await step.run(signal);
      const failure = await waitFor(engine, names, before, converge);
      reporter.endProgress();
      if (failure !== undefined) throw failure;
    },
  }));

  /** The services that are told of a file if all of them that exist stand at 0; else none. */
  function nobodyRuns(file: string): string[] {
    const { services: told = [] } = secrets.find((each) => each.file === file) ?? {};
    const own = plan.services.filter(({ name, action }) => told.includes(name) && /^(update|unchanged)$/.test(action));
    return own.every(isStopped) ? own.map(({ name }) => name) : [];
  }
}
