import { stabilityOf } from './stability.ts';
import { BundleError, EXIT } from '../errors.ts';
import type { Engine } from '../engine/port.ts';
import { STABLE } from '../verify/check-stability.ts';
import { reportJson } from '../verify/report/json.ts';
import type { Verification } from '../verify/result.ts';
import { startExpectations, type Awaited } from './progress.ts';

/**
 * Names of services of the stack that do not stay up as they run now, whoever deployed them.
 * @throws BundleError what the engine says
 */
export async function unstableServices(
  engine: Pick<Engine, 'services' | 'tasks' | 'nodes' | 'info'>,
  bundle: Awaited,
): Promise<string[]> {
  const stack = bundle.directory.bundle.name;
  const [services, tasks, nodes, { systemTime }] = await Promise.all([
    engine.services({ stack }),
    engine.tasks({ stack, upToDate: true }),
    engine.nodes(),
    engine.info(),
  ]);
  const expectations = startExpectations(bundle);
  return services.flatMap((service) => {
    const name = service.name.slice(stack.length + 1);
    const { startGraceSeconds = 0, needs } = expectations.find((each) => each.service === name) ?? {};
    const { is } = stabilityOf({
      service,
      stack,
      services,
      tasks,
      nodes,
      now: Date.parse(systemTime),
      startGraceSeconds,
      needs,
    });
    return is === 'unstable' ? [name] : [];
  });
}

/** What ends a deployment (exit 4) if tasks ended while they were verified; undefined if they did not. */
export function endedMeanwhile(verified: Verification): BundleError | undefined {
  const ended = verified.results.filter(({ check, status }) => check === STABLE && status === 'failed');
  if (ended.length === 0) return undefined;
  const lines = ended.map(({ service, detail }) => `  ${service}: ${detail}`);
  return new BundleError(
    'not-converged',
    [`${verified.stack}: its tasks started and do not stay up`, ...lines].join('\n'),
    {
      exit: EXIT.notConverged,
      midway: ['fix the cause, then deploy again; `bundle rollback` goes back to the last release that stayed up'],
      details: { verification: reportJson(verified) },
    },
  );
}
