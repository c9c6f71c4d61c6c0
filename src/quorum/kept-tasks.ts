import { isEndpointField, PORTS_FIELD } from '../plan/diff.ts';
import { shortName } from '../plan/own-services.ts';
import { keptPorts, mayKeepPorts } from './kept-ports.ts';
import type { WavesOptions } from './options.ts';

type Options = Pick<WavesOptions, 'engine' | 'plan' | 'onStep' | 'converge'>;

/**
 * Carries out a deployment, and has the swarm replace the tasks that it keeps with the ports of before (kept-ports.ts).
 * Killed in between, the next plan finds them: those come first and are not deployed for that, as a deployment would
 * take away what they are found by.
 * @param names of services, by the document's keys
 * @param deploy deploys those that it is given
 * @param stopped those of them that have no task now
 */
export async function withNewPorts(
  names: readonly string[],
  options: Options,
  deploy: (names: readonly string[]) => Promise<void>,
  stopped: readonly string[] = [],
): Promise<void> {
  const { engine, plan, converge } = options;
  const { stack } = converge;
  const fields = (name: string): string[] =>
    plan.services.find((each) => each.name === name)?.changes.map(({ field }) => field) ?? [];
  const owed = names.filter((name) => !stopped.includes(name) && fields(name).includes(PORTS_FIELD));
  if (owed.length > 0) await replace(owed, await engine.services({ stack }), options);
  const others = names.filter((name) => !owed.includes(name) || fields(name).length > 1);
  if (others.length === 0) return;
  await deploy(others);
  if (!others.some((name) => fields(name).some(isEndpointField))) return;
  const live = await engine.services({ stack });
  const suspects = mayKeepPorts(live);
  if (suspects.length === 0) return;
  const kept = keptPorts(suspects, await engine.tasks({ stack, upToDate: true }));
  const ids = suspects.filter(({ id }) => kept.has(id)).map(({ name }) => shortName(stack, name));
  await replace(
    ids.filter((name) => others.includes(name)),
    live,
    options,
  );
}

async function replace(
  names: readonly string[],
  live: Awaited<ReturnType<Options['engine']['services']>>,
  { engine, onStep, converge: { stack } }: Options,
): Promise<void> {
  for (const name of names) {
    const service = live.find((each) => each.name === `${stack}_${name}`);
    if (service === undefined) continue;
    onStep(`· replace the task of ${name}: by itself the swarm would keep it, with the ports of before`);
    await engine.replaceTasks(service);
  }
}
