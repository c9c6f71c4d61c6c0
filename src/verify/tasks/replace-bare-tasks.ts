import type { Engine, SwarmService } from '../../engine/port.ts';
import type { Reporter } from '../../ui/reporter.ts';
import type { Verification } from '../result.ts';
import { bareTasks } from './bare-tasks.ts';

/**
 * After a failed verification: replaces tasks that may run without their secrets since their engine was killed
 * (`bareTasks`). The document is as the swarm has it, so that another deployment would change nothing.
 * @returns the services whose tasks were replaced, and all of the stack as they were before
 */
export async function replaceBareTasks(
  engine: Engine,
  failed: Verification,
  reporter: Reporter,
): Promise<{ replaced: SwarmService[]; before: SwarmService[] }> {
  const bare = bareTasks(failed, await engine.tasks());
  if (bare.length === 0) return { replaced: [], before: [] };
  const before = await engine.services({ stack: failed.stack });
  const replaced = before.filter(({ id }) => bare.some(({ serviceId }) => serviceId === id));
  for (const service of replaced) {
    reporter.warn(
      `${service.name}: its task failed verification and was made while an engine died: it may run without its ` +
        'secrets; replacing it',
    );
    await engine.replaceTasks(service);
  }
  return { replaced, before };
}
