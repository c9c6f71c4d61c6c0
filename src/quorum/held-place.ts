import { stuckHint, stuckText } from '../place/describe.ts';
import { placementOf } from '../place/of-document.ts';
import type { Stage, Stuck } from '../place/stuck.ts';
import type { ServiceChange } from '../plan/changes.ts';
import type { Account } from './account.ts';
import type { WavesOptions } from './options.ts';
import { toDeploy } from './stages.ts';

type Context = Pick<WavesOptions, 'engine' | 'document' | 'plan' | 'converge'> & { account: Account };

/**
 * What to do about services that do not come up, if one of them finds no place before others restart or go, to which
 * this deployment comes only after it: the same command would stop there again. None if it is something else.
 * @param quorum they are members of a quorum group
 */
export async function heldPlaceHints(services: readonly string[], context: Context, quorum = false): Promise<string[]> {
  const open = openOf(context).filter((name) => !services.includes(name));
  const stuckIn = await placement(open, context);
  const stuck = stuckIn?.([
    { services: [], awaited: services, quorum },
    { services: open, awaited: [] },
  ]);
  return stuck === undefined ? [] : [stuckText(stuck), stuckHint(stuck)];
}

/**
 * Of services that are still to be deployed, those that find their place while all others hold theirs; all of them if
 * the engine does not tell, or if there is only one.
 */
export async function freePlaces(services: readonly string[], context: Context): Promise<Set<string>> {
  if (services.length < 2) return new Set(services);
  const open = openOf(context);
  const stuckIn = await placement(open, context);
  const finds = (name: string): boolean =>
    stuckIn?.([
      { services: [name], awaited: [name] },
      { services: open.filter((each) => each !== name), awaited: [] },
    ]) === undefined;
  return new Set(services.filter(finds));
}

/** What this deployment has not come to. */
const openOf = ({ plan, account }: Context): string[] => toDeploy(plan).filter((name) => !account.isSent(name));

/**
 * Reads the swarm. Gives what finds the first service that is stuck in a course of stages; undefined if the engine does
 * not answer: that must not hide a failure.
 * @param open what is not deployed yet; all else stays as it is
 */
async function placement(
  open: readonly string[],
  { engine, document, plan, converge: { stack } }: Context,
): Promise<((stages: readonly Stage[]) => Stuck | undefined) | undefined> {
  const read = await Promise.all([engine.nodes(), engine.services(), engine.tasks({ wanted: true })]).catch(() => []);
  const [nodes, services, tasks] = read;
  if (nodes === undefined || services === undefined || tasks === undefined) return undefined;
  const done = (change: ServiceChange): boolean => change.action !== 'remove' && !open.includes(change.name);
  const now = plan.services.map((each): ServiceChange =>
    done(each) ? { ...each, action: 'unchanged', changes: [] } : each,
  );
  return (stages) =>
    placementOf({
      stack,
      document,
      plan: { services: now, labels: plan.labels },
      stages,
      live: { nodes, services, tasks },
    }).stuck;
}
