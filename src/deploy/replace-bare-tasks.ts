import type { Engine } from '../engine/port.ts';
import { bareTasks } from '../verify/tasks/bare-tasks.ts';
import type { Verification } from '../verify/result.ts';
import { convergeBundle, convergeOptions } from './wait.ts';
import type { CommandIo } from '../cli/io.ts';
import { reporterOf } from '../cli/reporter.ts';
import type { Loaded } from '../cli/session.ts';

/**
 * After a failed verification: replaces tasks that may run without their secrets since their engine was killed
 * (`bareTasks`), and waits for the new ones. The document is as the swarm has it, so that another deployment would
 * change nothing.
 * @returns names of the services whose tasks were replaced
 * @throws BundleError (exit 4) where the new tasks do not come up
 */
export async function replaceBareTasks(
  engine: Engine,
  loaded: Loaded,
  failed: Verification,
  timeoutMs: number,
  io: CommandIo,
): Promise<string[]> {
  const bare = bareTasks(failed, await engine.tasks());
  if (bare.length === 0) return [];
  const services = await engine.services({ stack: loaded.directory.bundle.name });
  const replaced = services.filter(({ id }) => bare.some(({ serviceId }) => serviceId === id));
  for (const service of replaced) {
    reporterOf(io).warn(
      `${service.name}: its task failed verification and was made while an engine died: it may run without its ` +
        'secrets; replacing it',
    );
    await engine.replaceTasks(service);
  }
  await convergeBundle(engine, convergeOptions(loaded, services, timeoutMs, io), io);
  return replaced.map(({ name }) => name);
}
