import { systemClock } from '../clock.ts';
import { hasEnded, unlessGone, type Engine, type SwarmTask } from '../../engine/port.ts';
import { swarmWants } from '../current-tasks.ts';
import { patiently } from '../patience.ts';
import type { Step } from './step.ts';

const POLL_MS = 200;
/** The swarm tells its tasks to stop in the same second. */
const PATIENCE_MS = 30_000;

/**
 * Removes a service of the stack that stack.yml no longer has, and waits until its tasks were told to stop. Only then
 * may its node label go: of a task that is meant to run, a label that goes leaves a record that says it has ended while
 * its container still stops.
 */
export function removeService(engine: Engine, stack: string, service: { id: string; name: string }): Step {
  const runs = (task: SwarmTask): boolean => task.serviceId === service.id && !hasEnded(task) && swarmWants(task);
  return {
    describe: () => `remove service ${service.name}`,
    async run(signal) {
      await unlessGone(engine.removeService(service.id));
      const until = systemClock.now() + PATIENCE_MS;
      const read = (): Promise<SwarmTask[]> => patiently(() => engine.tasks({ stack }), { clock: systemClock, signal });
      while ((await read()).some(runs) && systemClock.now() < until) await systemClock.sleep(POLL_MS, signal);
    },
  };
}
