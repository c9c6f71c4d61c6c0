import { stuckHint, stuckText } from '../place/describe.ts';
import { placementOf } from '../place/of-document.ts';
import type { ServiceChange } from '../plan/changes.ts';
import type { Account } from './account.ts';
import type { WavesOptions } from './options.ts';
import { toDeploy } from './stages.ts';

/**
 * What to do about services that do not come up, if one of them finds no place before others restart or go, to which
 * this deployment comes only after it: the same command would stop there again. None if it is something else.
 * @param quorum they are members of a quorum group
 */
export async function heldPlaceHints(
  services: readonly string[],
  {
    engine,
    document,
    plan,
    account,
    converge: { stack },
  }: Pick<WavesOptions, 'engine' | 'document' | 'plan' | 'converge'> & { account: Account },
  quorum = false,
): Promise<string[]> {
  // A failure is told without it if the engine does not answer.
  const read = await Promise.all([engine.nodes(), engine.services(), engine.tasks({ wanted: true })]).catch(() => []);
  const [nodes, live, tasks] = read;
  if (nodes === undefined || live === undefined || tasks === undefined) return [];
  const open = toDeploy(plan).filter((name) => !services.includes(name) && !account.isSent(name));
  const done = (change: ServiceChange): boolean => change.action !== 'remove' && !open.includes(change.name);
  const { stuck } = placementOf({
    stack,
    document,
    plan: {
      services: plan.services.map((each) => (done(each) ? { ...each, action: 'unchanged', changes: [] } : each)),
      labels: plan.labels,
    },
    stages: [
      { services: [], awaited: services, quorum },
      { services: open, awaited: [] },
    ],
    live: { nodes, services: live, tasks },
  });
  return stuck === undefined ? [] : [stuckText(stuck), stuckHint(stuck)];
}
