import type { ComposeService } from './types.ts';

type Deployed = Pick<ComposeService, 'deploy'>;

/** Whether its tasks run once and end, by which it has done what it is for. */
export function isJob({ deploy }: Deployed): boolean {
  return deploy.mode === 'replicated-job' || deploy.mode === 'global-job';
}

/** Whether the nodes decide on the number of its tasks. */
export function isPerNode({ deploy }: Deployed): boolean {
  return deploy.mode === 'global' || deploy.mode === 'global-job';
}

/** Tasks that the document asks for; one for a service of which the nodes decide: at least so many. */
export function leastTasks({ deploy }: Deployed): number {
  return deploy.replicas ?? 1;
}
