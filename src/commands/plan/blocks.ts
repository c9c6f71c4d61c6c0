import type { CommandIo } from '../../cli/io.ts';
import { placementMove } from '../../checks/placement-move.ts';
import { namesTaken } from '../../checks/taken-names.ts';
import { checkContext } from '../../deploy/review.ts';
import type { Plan } from '../../plan/changes.ts';
import type { Loaded } from '../../project/bundle-dir.ts';
import type { Survey } from '../../project/plan-bundle.ts';

/**
 * Why `deploy` would refuse a plan with changes, as the swarm is: what is loaded for that, a plan without any spares.
 */
export async function blocksOf(loaded: Loaded, found: Survey, plan: Plan, io: CommandIo): Promise<string[]> {
  return [...(await takenByOthers(loaded, found, plan)), ...(await forbiddenMoves(loaded, found, plan, io))];
}

/** Services and networks of others that have names which the plan would make. */
async function takenByOthers(loaded: Loaded, { live, engine }: Survey, plan: Plan): Promise<string[]> {
  const making = [...plan.services, ...plan.networks].some(({ action }) => action === 'create');
  if (!making) return [];
  const there = { services: live.services, networks: await engine.networks() };
  return namesTaken(plan.stack, loaded.document, there).map(({ text }) => text);
}

/** Members that the plan would move away from their volumes. Nothing moves if no node label changes. */
async function forbiddenMoves(loaded: Loaded, found: Survey, plan: Plan, io: CommandIo): Promise<string[]> {
  if (plan.labels.length === 0) return [];
  const live = { ...found.live, tasks: await found.engine.tasks() };
  const findings = await placementMove.run(await checkContext(loaded, { ...found, live }, undefined, {}, io));
  return findings.filter(({ level }) => level === 'error').map(({ text }) => text);
}
