import type { EnsembleReading } from '../sdk/definition.ts';
import { endsAgain } from '../converge/stability.ts';
import { isEngineTrouble, type Engine } from '../engine/port.ts';

interface Where {
  engine: Pick<Engine, 'info' | 'services' | 'tasks' | 'nodes'>;
  stack: string;
  /** All that is starting goes, whatever it comes to. */
  takesBack?: boolean | undefined;
}

/**
 * A reading as it counts for restarts: a start that comes to nothing is no reason to leave a member as it is. That of a
 * member whose tasks end again and again by themselves is one; an end with the node, as in a power cut, is none. The
 * swarm is asked only if all that a stop would break off is a start; if it does not tell, the member is left in peace.
 */
export async function withoutVainStarts(reading: EnsembleReading, where: Where): Promise<EnsembleReading> {
  const starting = Object.values(reading.members).some(({ breaks }) => breaks?.start === true);
  if (!starting) return reading;
  const vain = where.takesBack === true ? undefined : await endingAgain(where);
  const members = Object.entries(reading.members).map(([name, { breaks, ...rest }]) => {
    const counts = breaks?.start !== true || vain?.includes(`${where.stack}_${name}`) === false;
    return [name, counts && breaks !== undefined ? { ...rest, breaks } : rest];
  });
  return { ...reading, members: Object.fromEntries(members) as EnsembleReading['members'] };
}

/** Names of the stack's services that do not stay up; none if the engine does not tell. */
async function endingAgain({ engine, stack }: Where): Promise<string[]> {
  try {
    const [services, tasks, nodes, { systemTime }] = await Promise.all([
      engine.services({ stack }),
      engine.tasks({ stack, upToDate: true }),
      engine.nodes(),
      engine.info(),
    ]);
    const now = Date.parse(systemTime);
    return services.filter((service) => endsAgain({ service, tasks, nodes, now })).map(({ name }) => name);
  } catch (error) {
    if (!isEngineTrouble(error)) throw error;
    return [];
  }
}
