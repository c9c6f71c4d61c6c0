import type { StackDocument } from '../../compose/types.ts';
import type { Engine, SwarmTask } from '../../engine/port.ts';
import { desiredEntries } from '../../plan/convert.ts';
import { endsBefore, stopStages, type StopOrder } from '../../quorum/stop-order.ts';
import { soleOwnerOf, soleOwnersOf } from '../../swarm/former-tasks.ts';
import { removeWhenFree, type Remains } from '../../swarm/steps/remains.ts';

export interface RemovalOptions {
  stack: string;
  /** The stack's quorum groups, in the order of an update. */
  groups: StopOrder;
  document: StackDocument;
  signal: AbortSignal;
  /** What is waited for, in words. */
  tell: (text: string) => void;
  /** Waits until such tasks have ended. @param what which they are, in words */
  ended: (what: string, isAwaited: (task: SwarmTask) => boolean) => Promise<unknown>;
  onGone: (service: string) => void;
}

/**
 * Removes a stack's services and jobs: of several quorum groups the last one of an update first, each of the others
 * once no task of those after it runs any more, also of one whose service an earlier run removed. All that is in no
 * group, and all of a stack of one group, goes at once.
 * @throws BundleError the engine's refusal; what `ended` throws; the signal's reason
 */
export async function removeServices(
  engine: Pick<Engine, 'removeService'>,
  { services, jobs }: Pick<Remains, 'services' | 'jobs'>,
  options: RemovalOptions,
): Promise<void> {
  const { stack, groups, document, signal, tell, ended, onGone } = options;
  const keyOf = ({ name }: { name: string }): string => name.slice(stack.length + 1);
  const remove = async (each: readonly { id: string; name: string }[]): Promise<void> => {
    for (const { id, name } of each) {
      await removeWhenFree(() => engine.removeService(id), signal, tell);
      onGone(name);
    }
  };
  const keys = new Map(services.map((service) => [service.id, keyOf(service)]));
  const owners = soleOwnersOf(
    groups.length > 1 ? [...desiredEntries(stack, document)].map(([name, { spec }]) => [name, spec]) : [],
  );
  await remove(jobs);
  for (const stage of stopStages(services, keyOf, groups)) {
    if (stage.after.length > 0)
      await ended(stage.after.join(', '), (task) => {
        const name = keys.get(task.serviceId) ?? soleOwnerOf(owners, task);
        return name !== undefined && stage.services.some((service) => endsBefore(name, keyOf(service), groups));
      });
    await remove(stage.services);
  }
}
