import type { NetworkAttachment, TaskSpec } from '../compose/spec.ts';
import type { StackObject, SwarmService, SwarmTask } from '../engine/port.ts';
import type { Program } from '../sdk/definition.ts';

/** Networks of a service, by id or name; older clients wrote them beside the template. */
export function attachmentsOf(spec: SwarmService['spec']): NetworkAttachment[] {
  const { Networks: beside, TaskTemplate } = spec as {
    Networks?: NetworkAttachment[] | null;
    TaskTemplate?: { Networks?: NetworkAttachment[] | null };
  };
  return [...(TaskTemplate?.Networks ?? []), ...(beside ?? [])];
}

/**
 * Ids of the networks of a job beside a task: the one that its program names, and those of other stacks that the task
 * is on if the program asks for them.
 * @param named id of the network that the program names
 * @param own all networks of the stack
 */
export function jobNetworks(
  { joined }: Pick<Program, 'joined'>,
  named: string,
  { spec }: Pick<SwarmTask, 'spec'>,
  own: readonly StackObject[],
): string[] {
  if (joined !== true) return [named];
  const on = ((spec as TaskSpec).Networks ?? []).flatMap(({ Target }) => Target ?? []);
  return [named, ...on.filter((target) => !own.some(({ id }) => id === target))];
}
