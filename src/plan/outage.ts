import type { QuorumPolicy } from '../sdk/definition.ts';
import type { ServiceChange } from './changes.ts';
import type { Restart, ServiceRestart } from './changes.ts';

/** Services that do the same work. */
export interface Mates {
  services: readonly string[];
  /** Whether these of them that exist do it; by default any one of them does. */
  worksWith?: QuorumPolicy['worksWith'];
}

/**
 * The services whose restart is an outage, in the order of the restarts: so many of those that do the same work are
 * down at the same moment that the rest cannot carry on. A service without mates is alone with its work. Services that
 * only may move are not in it.
 */
export function outageOf(
  changes: readonly ServiceChange[],
  restarts: readonly Restart[],
  mates: readonly Mates[],
): string[] {
  const exists = (name: string): boolean =>
    changes.some((change) => change.name === name && (change.action === 'update' || change.action === 'unchanged'));
  return restarts.flatMap(({ how, services: all }) => {
    const services = all.filter(goesDown);
    const down = new Set(services.map(({ name }) => name));
    return services.flatMap(({ name }) => {
      const { services: own, worksWith = anyOne } = mates.find((each) => each.services.includes(name)) ?? {
        services: [name],
      };
      const there = own.filter(exists);
      const stops = (each: string): boolean => (how === 'at-once' ? down.has(each) : each === name);
      const up = there.filter((each) => !stops(each));
      return worksWith(up, there) ? [] : [name];
    });
  });
}

/** The outage in one line for people; none if there is none. */
export function describeOutage(outage: readonly string[]): string[] {
  if (outage.length === 0) return [];
  const [restart, their] = outage.length === 1 ? ['restarts', 'its'] : ['restart', 'their'];
  return [`Outage: ${outage.join(', ')} ${restart}, and nothing else does ${their} work meanwhile.`];
}

const anyOne: QuorumPolicy['worksWith'] = (up) => up.length > 0;

/** All its tasks are down at the same moment. */
function goesDown({ tasks, parallelism, order, onlyMisplaced, job }: ServiceRestart): boolean {
  return (
    job !== true && tasks > 0 && order === 'stop-first' && !onlyMisplaced && (parallelism === 0 || parallelism >= tasks)
  );
}
