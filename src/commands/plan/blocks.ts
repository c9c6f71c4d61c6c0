import type { CommandIo } from '../../cli/io.ts';
import { joinedStacks } from '../../checks/joined.ts';
import { findLeftData } from '../../checks/left-data.ts';
import { placementMove } from '../../checks/placement-move.ts';
import { namesTaken, volumesTaken } from '../../checks/taken-names.ts';
import type { Finding } from '../../sdk/definition.ts';
import { checkContext } from '../../deploy/review.ts';
import type { Plan } from '../../plan/changes.ts';
import type { Loaded } from '../../project/bundle-dir.ts';
import type { Survey } from '../../project/plan-bundle.ts';

/**
 * Why `deploy` would refuse a plan with changes, as the swarm is: what is loaded for that, a plan without any spares.
 */
export async function blocksOf(loaded: Loaded, found: Survey, plan: Plan, io: CommandIo): Promise<string[]> {
  return [
    ...takenByOthers(loaded, found, plan),
    ...leftByServices(loaded, found),
    ...(await withOtherStacks(loaded, found, plan, io)),
    ...(await forbiddenMoves(loaded, found, plan, io)),
  ];
}

/** Services, networks and volumes of others that have names which the plan would make. */
function takenByOthers(loaded: Loaded, { live, networks, volumes }: Survey, plan: Plan): string[] {
  const making = [...plan.services, ...plan.networks].some(({ action }) => action === 'create');
  return errorsOf([
    ...(making ? namesTaken(plan.stack, loaded.document, { services: live.services, networks }) : []),
    ...volumesTaken(plan.stack, volumes, plan.volumes),
  ]);
}

/** Data that services would leave. */
function leftByServices({ directory: { bundle, plan }, document }: Loaded, { live }: Survey): string[] {
  return errorsOf(findLeftData({ stack: bundle.name, plan, document, live }));
}

/** What is wrong with networks of other stacks. */
async function withOtherStacks(loaded: Loaded, found: Survey, plan: Plan, io: CommandIo): Promise<string[]> {
  if (!plan.networks.some(({ action }) => action === 'joined')) return [];
  return errorsOf(await joinedStacks.run(await checkContext(loaded, found, undefined, {}, io)));
}

/** Members that the plan would move away from their volumes. Nothing moves if no node label changes. */
async function forbiddenMoves(loaded: Loaded, found: Survey, plan: Plan, io: CommandIo): Promise<string[]> {
  if (plan.labels.length === 0) return [];
  const live = { ...found.live, tasks: await found.engine.tasks() };
  const context = await checkContext(loaded, { ...found, live }, undefined, {}, io);
  return errorsOf(await placementMove.run({ ...context, mayStartJobs: false }));
}

const errorsOf = (findings: readonly Finding[]): string[] =>
  findings.filter(({ level }) => level === 'error').map(({ text }) => text);
