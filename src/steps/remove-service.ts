import type { Engine } from '../engine/port.ts';
import type { Step } from './step.ts';

/** Removes a service of the stack that stack.yml no longer has. */
export function removeService(engine: Engine, service: { id: string; name: string }): Step {
  return {
    title: `service ${service.name}`,
    describe: () => `remove service ${service.name}`,
    run: () => engine.removeService(service.id),
  };
}
